import { join } from "node:path";
import { buildWithGo } from "./go-build";
import { packageFolder } from "./paths";
import { pulumiVersion } from "./pulumi-version";
import type { Report } from "./report";

/**
 * Builds the CLI from its Go module (toolchain/cli pins it) and puts it in its place; answers false where there is no Go.
 * @throws {@link SlipwayError} with what Go said when it failed.
 */
export function buildPulumi(target: string, report: Report, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const program = {
    title: "the Pulumi CLI",
    folder: join(packageFolder(), "toolchain", "cli"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    linkerFlags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`,
    duration: "about 5 minutes on 2 cores",
  };
  return buildWithGo(program, target, report, environment);
}
