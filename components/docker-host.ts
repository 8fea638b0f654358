import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import { type Known, listFaults, unknownFaults } from "./known";
import { refuse } from "./refusal";

/** Credentials for one registry, as `docker login` takes them. */
export interface RegistryLogin {
  /** Address of the registry: `registry.example.com`, `127.0.0.1:5000`; Docker's own is `docker.io`. */
  readonly address: string;
  /** User name. */
  readonly username: pulumi.Input<string>;
  /** Password or token; it is secret by itself and never shown. */
  readonly password: pulumi.Input<string>;
}

/** The material of a TLS connection, each a PEM text. */
export interface HostTls {
  /** Certificate of the authority that signed the daemon's certificate. */
  readonly ca: pulumi.Input<string>;
  /** Certificate with which this side says who it is. */
  readonly cert: pulumi.Input<string>;
  /** Private key of `cert`; it is secret by itself and never shown. */
  readonly key: pulumi.Input<string>;
}

/** Which daemon a {@link DockerHost} is. */
export interface DockerHostArgs {
  /**
   * Where the daemon listens: `unix:///path`, `tcp://host:port` or `ssh://user@host[:port]` (docker command, `--host`).
   * @default what Docker itself would use: DOCKER_HOST, the current docker context, the default socket
   */
  readonly host?: string;
  /** A docker context by name, as `docker context ls` lists it; not together with `host`. @default none */
  readonly context?: string;
  /** TLS with a client certificate, for `tcp://`. @default none */
  readonly tls?: HostTls;
  /** Further options of the ssh command, for `ssh://`, such as `["-o", "StrictHostKeyChecking=yes"]`. @default none */
  readonly sshOptions?: readonly string[];
  /** Logins for the registries that this daemon pulls from and pushes to. @default those of the docker config file */
  readonly registries?: readonly RegistryLogin[];
}

/**
 * A Docker daemon, local or elsewhere, with its registry logins: `new Container("web", args, { provider: host })` runs
 * there. It is the provider `docker.Provider`, so everything of @pulumi/docker takes it too.
 */
export class DockerHost extends docker.Provider {
  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: DockerHostArgs = {}, options?: pulumi.ResourceOptions) {
    const refused = refuse(faultsOf(name, args));
    super(name, refused ? {} : settingsOf(args), options);
  }
}

/**
 * The host name under which the published ports of a component are reached from here: the daemon's own, as the component's
 * provider, `docker:host` or DOCKER_HOST say it. A docker context says it to the provider alone: localhost then.
 */
export function hostOf(component: pulumi.Resource): pulumi.Output<string> {
  const provider = component.getProvider("docker:index/container:Container");
  const host: unknown = provider === undefined ? undefined : Reflect.get(provider, "host");
  if (pulumi.Output.isInstance(host)) return host.apply((url: unknown) => hostNameIn(url) ?? "localhost");
  const url = new pulumi.Config("docker").get("host") ?? process.env["DOCKER_HOST"];
  return pulumi.output(hostNameIn(url) ?? "localhost");
}

function hostNameIn(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  return /^(?:tcp|ssh|https?):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1];
}

const known: Known<DockerHostArgs> = { context: true, host: true, registries: "list", sshOptions: "list", tls: true };

function settingsOf({ host, context, tls, sshOptions, registries }: DockerHostArgs): docker.ProviderArgs {
  return {
    ...(host === undefined ? {} : { host }),
    ...(context === undefined ? {} : { context }),
    ...(tls === undefined ? {} : { caMaterial: tls.ca, certMaterial: tls.cert, keyMaterial: pulumi.secret(tls.key) }),
    ...(sshOptions === undefined ? {} : { sshOpts: [...sshOptions] }),
    ...(registries === undefined
      ? {}
      : {
          registryAuth: registries.map(({ password, ...login }) => ({ ...login, password: pulumi.secret(password) })),
        }),
  };
}

function faultsOf(name: string, args: DockerHostArgs): Fault[] {
  const subject = `DockerHost "${name}"`;
  const faults: Fault[] = unknownFaults(subject, args, known);
  const malformed = listFaults(subject, args, known);
  if (malformed.length > 0) return [...faults, ...malformed];
  const { host, context, tls, sshOptions, registries = [] } = args;
  const scheme = host === undefined ? undefined : /^(unix|tcp|ssh):\/\/\S+$/.exec(host)?.[1];
  if (host !== undefined && scheme === undefined) {
    const advice = "Write `unix:///path`, `tcp://host:port` or `ssh://user@host`.";
    faults.push({ subject, path: "host", value: host, problem: "is no address of a daemon", advice });
  }
  if (host !== undefined && context !== undefined) {
    const advice = "Keep one: a context names its own host.";
    faults.push({ subject, path: "context", value: context, problem: "stands beside `host`", advice });
  }
  if (tls !== undefined && scheme !== "tcp") {
    const advice = "Use it with `tcp://`; ssh encrypts by itself and a socket needs nothing.";
    faults.push({ subject, path: "tls", problem: "is given for a host that is not `tcp://`", advice });
  }
  if (sshOptions !== undefined && scheme !== "ssh") {
    faults.push({
      subject,
      path: "sshOptions",
      problem: "are given for a host that is not `ssh://`",
      advice: "Remove them.",
    });
  }
  registries.forEach(({ address }, index) => {
    const path = `registries[${index}].address`;
    if (!/^[a-z0-9.-]+(:\d+)?$/i.test(address)) {
      const advice = "Write HOST or HOST:PORT, without a scheme and without a path.";
      faults.push({ subject, path, value: address, problem: "is no address of a registry", advice });
    } else if (registries.findIndex((one) => one.address === address) < index) {
      faults.push({ subject, path, value: address, problem: "is there twice", advice: "Keep one of the two." });
    }
  });
  return faults;
}
