import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { Declarations, type Declared, plainType } from "./declarations";

/** A type in a Pulumi package schema (pulumi/pulumi, pkg/codegen/schema). */
interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
}

interface PropertySpec extends TypeSpec {
  readonly description?: string;
  readonly deprecationMessage?: string;
  readonly default?: boolean;
  readonly defaultInfo?: { readonly environment: readonly string[] };
  readonly secret?: boolean;
}

interface ObjectSpec {
  readonly description?: string;
  readonly type?: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required?: readonly string[];
}

/**
 * The schema of package `docker`, read from the declarations and the code of its Node SDK: the file from which that SDK
 * was generated is published nowhere that a build could take it from. Every number of the package is an integer (its Python
 * SDK has no float).
 */
export function schemaOf(folder: string): object {
  const sdk = new Sdk(folder);
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const provider = sdk.object("provider.d.ts", "Provider");
  const settings = sdk.inputs("provider", "ProviderArgs");
  const terraformConfig = "pulumi:providers:docker/terraformConfig";
  return {
    name: "docker",
    displayName: "Docker",
    version: manifest["version"],
    description: manifest["description"],
    keywords: manifest["keywords"],
    homepage: manifest["homepage"],
    license: manifest["license"],
    repository: manifest["repository"],
    publisher: "Pulumi",
    attribution: "Read from the package @pulumi/docker by Slipway, whose provider serves it.",
    meta: { moduleFormat: "(.*)(?:/[^/]*)" },
    language: {
      csharp: { namespaces: { docker: "Docker" }, packageReferences: { Pulumi: "3.*" }, respectSchemaVersion: true },
      go: {
        importBasePath: "github.com/pulumi/pulumi-docker/sdk/v5/go/docker",
        generateResourceContainerTypes: true,
        respectSchemaVersion: true,
      },
      java: { basePackage: "com.pulumi" },
      nodejs: { dependencies: manifest["dependencies"], respectSchemaVersion: true },
      python: { pyproject: { enabled: true }, respectSchemaVersion: true },
    },
    config: { variables: settings.properties },
    types: sdk.types(),
    provider: {
      ...provider,
      inputProperties: settings.properties,
      methods: { terraformConfig },
    },
    resources: sdk.resources(),
    functions: {
      ...sdk.functions(),
      [terraformConfig]: {
        inputs: {
          properties: { __self__: { type: "ref", $ref: "#/provider" } },
          type: "object",
          required: ["__self__"],
        },
        outputs: {
          properties: { result: { additionalProperties: { $ref: "pulumi.json#/Any" }, type: "object" } },
          required: ["result"],
          type: "object",
        },
      },
    },
  };
}

/** One SDK's files, and what of it has been read. */
class Sdk {
  private readonly inputTypes: Declarations;
  private readonly outputTypes: Declarations;
  private readonly enums: Declarations;
  /** Types that Image, the part of the package that is no bridged Terraform, declares; their tokens are spelled otherwise. */
  private readonly native = new Set(["CacheFrom", "DockerBuild", "Registry", "BuilderVersion"]);

  constructor(private readonly folder: string) {
    this.inputTypes = new Declarations(join(folder, "types/input.d.ts"));
    this.outputTypes = new Declarations(join(folder, "types/output.d.ts"));
    this.enums = new Declarations(join(folder, "types/enums/index.d.ts"));
  }

  /** Every file of a resource or function: those whose code says a token. */
  private modules(pattern: RegExp): { name: string; token: string; code: string }[] {
    const names = readdirSync(this.folder).flatMap((file) => /^(\w+)\.js$/.exec(file)?.[1] ?? []);
    return names.sort().flatMap((name) => {
      const code = readFileSync(join(this.folder, `${name}.js`), "utf8");
      const token = pattern.exec(code)?.[1];
      return token === undefined ? [] : [{ name, token, code }];
    });
  }

  resources(): Record<string, object> {
    const found = this.modules(/__pulumiType = '(docker:[^']+)'/).map(({ name, token, code }) => {
      const type = token.split(":").at(-1) ?? "";
      const file = new Declarations(join(this.folder, `${name}.d.ts`));
      const inputs = this.inputs(name, `${type}Args`);
      const state = file.properties(`${type}State`);
      const secrets = /additionalSecretOutputs: \[([^\]]*)\]/.exec(code)?.[1] ?? "";
      const outputs = this.object(`${name}.d.ts`, type, (property) => secrets.includes(`"${property}"`));
      const alias = /aliases: \[\{ type: "([^"]+)" \}\]/.exec(code)?.[1];
      const spec = {
        ...outputs,
        inputProperties: inputs.properties,
        ...(inputs.required === undefined ? {} : { requiredInputs: inputs.required }),
        ...(state === undefined
          ? {}
          : {
              stateInputs: {
                description: `Input properties used for looking up and filtering ${type} resources.\n`,
                type: "object",
                properties: this.propertiesOf(state),
              },
            }),
        ...(alias === undefined ? {} : { aliases: [{ type: alias }] }),
      };
      return [token, spec] as const;
    });
    return Object.fromEntries(found);
  }

  functions(): Record<string, object> {
    const found = this.modules(/runtime\.invoke\("(docker:[^"]+)"/).map(({ name, token }) => {
      const type = name.replace(/^./, (first) => first.toUpperCase());
      const file = new Declarations(join(this.folder, `${name}.d.ts`));
      const description = file.description(name);
      const spec = {
        ...(description === undefined ? {} : { description }),
        inputs: {
          description: `A collection of arguments for invoking ${name}.\n`,
          ...this.object(`${name}.d.ts`, `${type}Args`),
          type: "object",
        },
        outputs: {
          description: `A collection of values returned by ${name}.\n`,
          ...this.object(`${name}.d.ts`, `${type}Result`),
          type: "object",
        },
      };
      return [token, spec] as const;
    });
    return Object.fromEntries(found);
  }

  /** Every nested type. Inputs and outputs share one; where outputs promise more than inputs demand, Node's SDK is told apart. */
  types(): Record<string, object> {
    const names = [...new Set([...this.inputTypes.interfaces(), ...this.outputTypes.interfaces()])];
    // `GetNetworkContainerArgs` is `GetNetworkContainer` for a call whose arguments may be outputs.
    const plain = names.filter((name) => !(name.endsWith("Args") && names.includes(name.replace(/Args$/, ""))));
    const objects = plain.sort().map((name) => {
      const inputs = this.inputTypes.properties(name);
      const outputs = this.outputTypes.properties(name);
      const members = new Map([...(outputs ?? []), ...(inputs ?? [])].map((member) => [member.name, member]));
      const required = requiredOf(inputs ?? outputs ?? []);
      const promised = requiredOf(outputs ?? []);
      const differs = inputs !== undefined && outputs !== undefined && promised.join() !== required.join();
      const spec = {
        properties: this.propertiesOf([...members.values()]),
        type: "object",
        ...(required.length === 0 ? {} : { required }),
        ...(differs ? { language: { nodejs: { requiredOutputs: promised } } } : {}),
      };
      return [this.token(name), spec] as const;
    });
    const enums = ["BuilderVersion"].map((name) => {
      const description = this.enums.description(name);
      const spec = {
        ...(description === undefined ? {} : { description }),
        type: "string",
        enum: this.enums.enumeration(name),
      };
      return [this.token(name), spec] as const;
    });
    return Object.fromEntries([...objects, ...enums]);
  }

  /** Arguments of a resource or of the provider, with what the code fills in. */
  inputs(module: string, name: string): ObjectSpec {
    const code = readFileSync(join(this.folder, `${module}.js`), "utf8");
    const { properties, ...rest } = this.object(`${module}.d.ts`, name);
    const filled = Object.entries(properties).map(([property, spec]) => {
      // A resource's constructor assigns twice: from the state of a look-up, then from the arguments.
      const assignments = code.matchAll(new RegExp(`resourceInputs\\["${property}"\\] = (.*);`, "g"));
      const assigned = [...assignments].at(-1)?.[1] ?? "";
      const variable = /utilities\.getEnv\("(\w+)"\)/.exec(assigned)?.[1];
      const value = /\?\? (true|false)$/.exec(assigned)?.[1];
      const more = {
        ...(variable === undefined ? {} : { defaultInfo: { environment: [variable] } }),
        ...(value === undefined ? {} : { default: value === "true" }),
        ...(assigned.includes("pulumi.secret(") ? { secret: true } : {}),
      };
      return [property, { ...spec, ...more }] as const;
    });
    return { ...rest, properties: Object.fromEntries(filled) };
  }

  /** A class or interface of a file. */
  object(file: string, name: string, isSecret: (property: string) => boolean = () => false): ObjectSpec {
    const declarations = new Declarations(join(this.folder, file));
    const members = declarations.properties(name);
    if (members === undefined && !existsSync(join(this.folder, file)))
      throw new Error(`${file} is not in ${this.folder}`);
    const required = requiredOf(members ?? []);
    const description = declarations.description(name);
    const properties = Object.entries(this.propertiesOf(members ?? [])).map(
      ([property, spec]) => [property, isSecret(property) ? { ...spec, secret: true } : spec] as const,
    );
    return {
      ...(description === undefined ? {} : { description }),
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
    };
  }

  private propertiesOf(members: readonly Declared[]): Record<string, PropertySpec> {
    return Object.fromEntries(
      members.map(({ name, type, description, deprecated }) => [
        name,
        {
          ...this.typeSpec(type),
          ...(description === undefined ? {} : { description: `${description}\n` }),
          ...(deprecated === undefined ? {} : { deprecationMessage: deprecated }),
        },
      ]),
    );
  }

  private typeSpec(node: ts.TypeNode): TypeSpec {
    const { type } = plainType(node);
    if (type.kind === ts.SyntaxKind.StringKeyword) return { type: "string" };
    if (type.kind === ts.SyntaxKind.BooleanKeyword) return { type: "boolean" };
    if (type.kind === ts.SyntaxKind.NumberKeyword) return { type: "integer" };
    if (type.kind === ts.SyntaxKind.AnyKeyword) return { $ref: "pulumi.json#/Any" };
    if (ts.isArrayTypeNode(type)) return { type: "array", items: this.typeSpec(type.elementType) };
    if (ts.isTypeLiteralNode(type)) {
      const index = type.members.find(ts.isIndexSignatureDeclaration);
      if (index !== undefined) return { type: "object", additionalProperties: this.typeSpec(index.type) };
    }
    const reference = /^(?:inputs|outputs|enums)\.(\w+)$/.exec(type.getText())?.[1];
    if (reference !== undefined) return { $ref: `#/types/${this.token(this.nested(reference))}` };
    throw new Error(`The schema has no word for the type ${type.getText()}`);
  }

  private nested(name: string): string {
    const plain = name.replace(/Args$/, "");
    return name !== plain && this.inputTypes.interfaces().includes(plain) ? plain : name;
  }

  private token(name: string): string {
    const module = this.native.has(name) ? name.replace(/^./, (first) => first.toLowerCase()) : name;
    return `docker:index/${module}:${name}`;
  }
}

function requiredOf(members: readonly Declared[]): string[] {
  return members
    .filter(({ optional }) => !optional)
    .map(({ name }) => name)
    .sort();
}
