import { expect } from "chai";
import { rules as containers } from "../../../provider/container/inputs";
import { diffInputs } from "../../../provider/diff";
import { rules as networks } from "../../../provider/network/inputs";
import { rules as volumes } from "../../../provider/volume/inputs";
import { composeLabel, isComposeSuccessor, isSameComposeObject } from "../../../resources/compose";

const blocks = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([label, value]) => ({ label, value }));

const web = { [composeLabel.project]: "shop", [composeLabel.service]: "web", [composeLabel.number]: "1" };

describe("labels of compose", () => {
  for (const [kind, rules] of Object.entries({ containers, networks, volumes })) {
    it(`that differ by checkout, or by how compose was called, change nothing of ${kind}`, () => {
      const olds = {
        labels: blocks({ ...web, [composeLabel.directory]: "/a", [composeLabel.dependencies]: "a:y" }),
      };
      const news = {
        labels: blocks({
          ...web,
          [composeLabel.directory]: "/b",
          [composeLabel.version]: "9",
          [composeLabel.files]: "/b/compose.yaml",
          [composeLabel.environmentFiles]: "/b/.env",
          [composeLabel.replaces]: "web-1",
          [composeLabel.dependencies]: "",
        }),
      };
      expect(diffInputs(rules, olds, news)).to.deep.equal([]);
      const hashed = { labels: [...news.labels, { label: composeLabel.hash, value: "c0ffee" }] };
      expect(diffInputs(rules, news, hashed)).to.have.lengthOf(1);
    });
  }

  it("tell which object is which", () => {
    expect(isSameComposeObject(web, { ...web, [composeLabel.hash]: "1" })).to.equal(true);
    expect(isSameComposeObject(web, { ...web, [composeLabel.number]: "2" })).to.equal(false);
    expect(isSameComposeObject(web, { ...web, [composeLabel.oneOff]: "True" })).to.equal(false);
    expect(isSameComposeObject({}, {})).to.equal(false);
    expect(isComposeSuccessor(web, { ...web, "io.slipway.urn": "urn:of:another:stack" })).to.equal(false);
  });
});
