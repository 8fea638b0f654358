import { expect } from "chai";
import { canonicalReference, fullReference, parseImageReference } from "../../../values/image-reference";

const digest = `sha256:${"a".repeat(64)}`;

// The grammar and the completion are those of distribution/reference (reference.go, normalize.go).
describe("image references", () => {
  for (const [text, canonical] of [
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:latest", "docker.io/library/nginx:latest"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/library/nginx:latest", "docker.io/library/nginx:latest"],
    ["me/app:1", "docker.io/me/app:1"],
    ["localhost/app", "localhost/app:latest"],
    ["127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1"],
    ["[::1]:5000/a:1", "[::1]:5000/a:1"],
    [`nginx:1@${digest}`, `docker.io/library/nginx@${digest}`],
    [digest, digest],
    ["No Reference", "No Reference"],
  ] as const) {
    it(`${text} is ${canonical}`, () => expect(canonicalReference(text)).to.equal(canonical));
  }

  it("what is no reference has no parts", () => {
    for (const text of ["", "UPPER", "a b", "a:", ":1", "a@sha256:1", "-a", "a//b", "http://r/a", "a:-x"]) {
      expect(parseImageReference(text), text).to.equal(undefined);
      expect(fullReference(text), text).to.equal(undefined);
    }
  });
});
