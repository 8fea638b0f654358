import { expect } from "chai";
import { withoutWire } from "../../../../toolchain/language-host/wire-lines";

describe("the SDK's debug lines about what it sends", () => {
  const cases: readonly (readonly [line: string, shown: string])[] = [
    [
      "RegisterResource RPC finished: resource:web[docker]; err: null, resp: urn:pulumi:x,hunter2,\nTOKEN=hunter2",
      "RegisterResource RPC finished: resource:web[docker]; err: null, resp: [not shown]",
    ],
    [
      "Invoke RPC finished: tok=a:b:c; err: null, resp: hunter2",
      "Invoke RPC finished: tok=a:b:c; err: null, resp: [not shown]",
    ],
    // A slip of the SDK: the condition takes the whole text before it, so that only the object is left (runtime/invoke.js).
    [', obj={"password":"hunter2"}', ", obj=[not shown]"],
    [
      'RegisterResource RPC prepared: t=a, name=b, obj={"x":"hunter2"}',
      "RegisterResource RPC prepared: t=a, name=b, obj=[not shown]",
    ],
    ["RegisterResource RPC prepared: t=a, name=b", "RegisterResource RPC prepared: t=a, name=b"],
    ["Registering resource: t=a, name=b, custom=true", "Registering resource: t=a, name=b, custom=true"],
    ["my own line, resp: kept", "my own line, resp: kept"],
  ];
  for (const [line, shown] of cases) {
    it(shown, () => expect(withoutWire(line)).to.equal(shown));
  }
});
