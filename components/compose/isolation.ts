import { isAbsolute, join } from "node:path";
import type { Service } from "../../compose/model/service";
import type { EngineContainerArgs } from "../../resources/container";
import { sharedService } from "./naming";
import type { Parts } from "./parts";
import { present } from "./present";
import { nonEmpty, nonEmptyMap } from "./process";

/** What separates a container from its host and from others; `directory` is where relative paths of profiles start. */
export function isolationEngine(service: Service, parts: Parts, directory: string): Partial<EngineContainerArgs> {
  const adds = nonEmpty(service.cap_add);
  const drops = nonEmpty(service.cap_drop);
  const shared = (mode: string | undefined) => {
    const other = sharedService(mode);
    return other === undefined ? mode || undefined : parts.sharing(other);
  };
  return present<EngineContainerArgs>({
    capabilities:
      adds === undefined && drops === undefined
        ? undefined
        : { ...(adds === undefined ? {} : { adds }), ...(drops === undefined ? {} : { drops }) },
    cgroupnsMode: service.cgroup || undefined,
    groupAdds: nonEmpty(service.group_add),
    ipcMode: shared(service.ipc),
    isolation: service.isolation || undefined,
    pidMode: shared(service.pid),
    privileged: service.privileged,
    runtime: service.runtime || undefined,
    securityOpts: nonEmpty(service.security_opt?.map((option) => inProject(option, directory))),
    sysctls: nonEmptyMap(service.sysctls),
    usernsMode: service.userns_mode || undefined,
    utsMode: service.uts || undefined,
  });
}

/** A seccomp profile by its absolute path; the provider reads it, as compose does. */
function inProject(option: string, directory: string): string {
  const [, path] = /^seccomp[=:](.+)$/.exec(option) ?? [];
  if (path === undefined || path === "unconfined" || path === "builtin" || isAbsolute(path)) return option;
  return `seccomp=${join(directory, path)}`;
}
