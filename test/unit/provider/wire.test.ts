import { expect } from "chai";
import { fromStruct, toStruct } from "../../../provider/wire";

const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });

describe("properties on the wire", () => {
  it("carry the mark of a secret at every path that is one", () => {
    const properties = {
      data: "d",
      auth: { password: "p", user: "u" },
      logins: [{ token: "1" }, { name: "n" }],
      none: null,
    };
    const struct = toStruct(properties, ["data", "auth.password", "logins[*].token", "none", "absent.x"]);
    expect(struct.toJavaScript()).to.deep.equal({
      data: secret("d"),
      auth: { password: secret("p"), user: "u" },
      logins: [{ token: secret("1") }, { name: "n" }],
      none: null,
    });
    expect(fromStruct(struct)).to.deep.equal(properties);
  });
});
