import { expect } from "chai";
import { holdsAddress, holdsSubnet, overlaps, parseAddress, parseSubnet, type Subnet } from "../../../values/subnet";

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (parsed === undefined) throw new Error(`${text} is no subnet`);
  return parsed;
}

describe("subnets", () => {
  for (const [text, meaning] of [
    ["10.20.0.0/24", "10.20.0.0/24"],
    ["10.20.0.77/24", "10.20.0.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["10.0.0.1/32", "10.0.0.1/32"],
    ["FD00:0010:0::/64", "fd00:10::/64"],
    ["fd00:10:0:0:0:0:0:1/64", "fd00:10::/64"],
    ["::ffff:10.0.0.1/120", "::ffff:10.0.0.0/120"],
    ["1:2:3:4:5:6:7::/128", "1:2:3:4:5:6:7:0/128"],
  ] as const) {
    it(`${text} means ${meaning}`, () => expect(parseSubnet(text)?.text).to.equal(meaning));
  }

  for (const text of ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "010.0.0.0/8", "fd00::/129", "x/8", "10.0.0.0/-1"]) {
    it(`"${text}" is none`, () => expect(parseSubnet(text)).to.equal(undefined));
  }

  it("addresses: one spelling, no zones", () => {
    expect(parseAddress("FD00::0:1")?.text).to.equal("fd00::1");
    expect(parseAddress("fe80::1%eth0")).to.equal(undefined);
    expect(parseAddress("10.0.0.256")).to.equal(undefined);
  });

  it("holds what lies in it, of its own family", () => {
    const outer = subnet("10.20.0.0/16");
    expect(holdsSubnet(outer, subnet("10.20.128.0/17"))).to.equal(true);
    expect(holdsSubnet(subnet("10.20.128.0/17"), outer)).to.equal(false);
    const address = parseAddress("10.20.255.255");
    expect(address !== undefined && holdsAddress(outer, address)).to.equal(true);
    const sixth = parseAddress("::10.20.0.1");
    expect(sixth !== undefined && holdsAddress(outer, sixth)).to.equal(false);
  });

  it("overlaps where addresses are shared", () => {
    expect(overlaps(subnet("10.20.0.0/16"), subnet("10.20.5.0/24"))).to.equal(true);
    expect(overlaps(subnet("10.20.0.0/24"), subnet("10.20.1.0/24"))).to.equal(false);
    expect(overlaps(subnet("::/0"), subnet("0.0.0.0/0"))).to.equal(false);
  });
});
