import type { FaultyProgram } from "./faulty-program";

/** Images that are built, pushed and pulled. */
export const images: readonly FaultyProgram[] = [
  {
    what: "an image: name in capitals",
    phase: "check",
    program: 'new docker.Image("a", { imageName: "Faulty/Image", skipPush: true, build: { context: "app" } });',
    message:
      "docker:index/image:Image resource 'a' has a problem: imageName \"Faulty/Image\" is not an image reference. Write it as REPOSITORY[:TAG], in lower case, with a registry in front if need be.",
  },
  {
    what: "an image: push without a registry",
    phase: "check",
    program: 'new docker.Image("a", { imageName: "faulty", build: { context: "app" } });',
    message:
      "docker:index/image:Image resource 'a' has a problem: imageName \"faulty\" can't be pushed: it names no registry, and Docker Hub takes USER/NAME only. Put the registry in front, or set `skipPush: true` for an image that stays on the daemon.",
  },
  {
    what: "an image: platform that is none",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", platform: "linux amd64" },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: build.platform \"linux amd64\" is not a platform. Write it as OS/ARCHITECTURE, such as linux/amd64.",
  },
  {
    what: "an image: secrets for the classic builder",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", builderVersion: "BuilderV1", secrets: { token: { value: "x" } } },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: build.secrets can't be done by the classic builder. Leave out `builderVersion: BuilderV1`.",
  },
  {
    what: "an image: secret without a source",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", secrets: { token: {} } },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: build.secrets.token needs exactly one source. Give `file`, `environment` or `value`.",
  },
  {
    what: "an image: build argument without a name",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", args: { "": "x" } },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: build.args \"\" is not the name of an ARG. Use letters, digits, `_`, `.` and `-`.",
  },
  {
    what: "an image: context that is not there",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", context: "nowhere" },  });',
    message:
      'docker:index/image:Image resource \'a\' has a problem: build.context "nowhere" does not exist. Name a directory relative to "…".',
    isShort: true,
  },
  {
    what: "an image: Dockerfile that is not there",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", dockerfile: "app/Nofile" },  });',
    message:
      'docker:index/image:Image resource \'a\' has a problem: build.dockerfile "app/Nofile" does not exist. Name a file relative to "…".',
  },
  {
    what: "an image: instruction that is none",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", dockerfile: "app/instruction.Dockerfile" },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: app/instruction.Dockerfile line 2 \"COPPY\" is not an instruction. Did you mean COPY?",
  },
  {
    what: "an image: file to copy that is not there",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", dockerfile: "app/copy.Dockerfile" },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: app/copy.Dockerfile line 2 \"server.js\" copies what is not in the build context. Paths start in the folder of the build context, not of the Dockerfile.",
  },
  {
    what: "an image: stage that is not there",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", target: "final" },  });',
    message:
      "docker:index/image:Image resource 'a' has a problem: build.target \"final\" is not a stage of app/Dockerfile. The Dockerfile names no stage: write `FROM IMAGE AS NAME`.",
  },
  {
    what: "an image: secret from a file that is not there",
    phase: "preview",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", secrets: { token: { file: "nowhere.key" } } },  });',
    message: 'Image "a": build.secrets.token "…/nowhere.key" is not a file. Name the file that holds the secret.',
  },
  {
    what: "an image: base that its registry lacks",
    phase: "preview",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", dockerfile: "app/base.Dockerfile", args: { BASE: registry + "/own/nothing:1" } },  });',
    message:
      'Image "a": app/base.Dockerfile line 2 ($BASE) "127.0.0.1:…/own/nothing:1" is not there: registry 127.0.0.1:… has no tag "1" of it. Check registry, repository and tag.',
  },
  {
    what: "an image: builder that is not there",
    phase: "preview",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", builder: "no-such-builder" },  });',
    message:
      'Image "a": build.builder needs `docker buildx`, which is not installed here. Install the buildx plugin of the docker command (Docker\'s packages: docker-buildx-plugin; or the file from its releases as ~/.docker/cli-plugins/docker-buildx), or leave the input out.',
  },
  {
    what: "an image: step that fails",
    phase: "up",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", dockerfile: "app/step.Dockerfile" },  });',
    message:
      'Build of "faulty/image:1": Dockerfile line 3 "RUN echo no space; exit 7" failed with exit code 7. It printed:\n…no space',
    isShort: true,
  },
  {
    what: "an image: push without a login",
    phase: "up",
    program: 'new docker.Image("a", { imageName: closed + "/own/faulty:1", build: { context: "app" } });',
    message:
      'Image "127.0.0.1:…/own/faulty:1" is refused by registry 127.0.0.1:…, asked without a login, since no login was found: /nonexistent/config.json is not there. Give the provider a registryAuth for it, or run `docker login 127.0.0.1:…`.',
  },
  {
    what: "an image: push with a wrong password",
    phase: "up",
    program:
      'new docker.Image("a", { imageName: closed + "/own/faulty:1", build: { context: "app" }, registry: { server: closed, username: "robot", password: "wrong" } });',
    message:
      'Image "127.0.0.1:…/own/faulty:1" is refused by registry 127.0.0.1:…, with the login of the image\'s `registry`. Mend that login, or use one that may do this.',
  },
  {
    what: "an image: push to a registry that does not answer",
    phase: "up",
    program: 'new docker.Image("a", { imageName: "127.0.0.1:23003/own/faulty:1", build: { context: "app" } });',
    message:
      "Image \"127.0.0.1:23003/own/faulty:1\" can't be pushed: registry 127.0.0.1:23003 can't be reached from the daemon's machine (dial tcp 127.0.0.1:23003: connect: connection refused). Check the registry's name and port, the network and proxies.",
  },
  {
    what: "two images of one name",
    phase: "check",
    program:
      'new EngineImage("a", { imageName: "faulty/image:1", skipPush: true, build: { context: "app"} }); new docker.Image("b", { imageName: "faulty/image:1", skipPush: true, build: { context: "app", args: { A: "1" } } });',
    message:
      'docker:index/image:Image resource \'…\' has a problem: name "docker.io/faulty/image:1" is taken by resource "…" of this program. Choose another name.',
  },
];
