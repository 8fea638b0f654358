import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PulumiProject } from "./pulumi";

/** Puts the application of test/fixtures/gateway-app into a project's folder `app`, with the package it needs. */
export function addGatewayApp(project: PulumiProject): void {
  cpSync(join(__dirname, "../fixtures/gateway-app"), join(project.folder, "app"), { recursive: true });
  cpSync(dirname(require.resolve("ws")), join(project.folder, "app/node_modules/ws"), { recursive: true });
  setVersion(project, "1");
}

/** What the next build of the image answers. */
export function setVersion(project: PulumiProject, version: string): void {
  project.write("app/version.json", JSON.stringify(version));
}
