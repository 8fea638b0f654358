import { renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { schemaOf } from "./schema";

// Writes the schema of package docker to the file that is named; run by the bundler.
const out = process.argv[2];
if (out === undefined) throw new Error("usage: main.ts FILE");
const folder = dirname(createRequire(__filename).resolve("@pulumi/docker/package.json"));
const partial = `${out}.${process.pid}.partial`;
writeFileSync(partial, JSON.stringify(schemaOf(folder)));
renameSync(partial, out);
