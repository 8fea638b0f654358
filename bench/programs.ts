/** Ends at once when it is asked to, so that no number is a wait for a container's end. */
const command = '["sh", "-c", "trap exit TERM; sleep 1000 & wait"]';

/** What every program of containers runs, by the environment: COLOUR is what a changed one differs by. */
const colour = '"COLOUR=" + (process.env["COLOUR"] ?? "red")';

/** A stack of that many containers on the components; the first one is what changes. */
export function ourContainers(count: number): string {
  return `import { Container } from "slipway";
for (let i = 0; i < ${count}; i++) {
  new Container(\`c\${i}\`, {
    image: "slipway-test/busybox:1", command: ${command}, stopTimeout: "5s",
    env: { COLOUR: i === 0 ? (process.env["COLOUR"] ?? "red") : "none" },
  });
}
`;
}

/** The same on plain @pulumi/docker. */
export function plainContainers(count: number): string {
  return `import * as docker from "@pulumi/docker";
for (let i = 0; i < ${count}; i++) {
  new docker.Container(\`c\${i}\`, {
    name: \`plain${count}-c\${i}\`, image: "slipway-test/busybox:1", command: ${command}, stopTimeout: 5,
    envs: [i === 0 ? ${colour} : "COLOUR=none"], restart: "unless-stopped",
  });
}
`;
}

/** One image and one container on plain @pulumi/docker: what the default stack has. */
export const plainDefault = `import * as docker from "@pulumi/docker";
const image = new docker.Image("app", { imageName: "plain-app", skipPush: true, build: { context: "app" } });
const web = new docker.Container("web", {
  name: "plain-web", image: image.repoDigest, ports: [{ internal: 80, external: 23492 }], stopTimeout: 1,
});
export const id = web.id;
`;

/** The settings that \`pulumi new typescript\` writes. */
export const plainTsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: "es2020", module: "commonjs", moduleResolution: "node", skipLibCheck: true },
  files: ["index.ts"],
});

export const plainDockerfile = 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n';
