import type { FaultyProgram } from "./faulty-program";

/** Containers that fail only when work has begun. */
export const containersFailing: readonly FaultyProgram[] = [
  {
    what: "an image whose registry does not answer",
    phase: "up",
    program: 'box("a", { image: "127.0.0.1:23003/nobody/nothing:1" });',
    message:
      "Image \"127.0.0.1:23003/nobody/nothing:1\" can't be pulled: registry 127.0.0.1:23003 can't be reached from the daemon's machine (dial tcp 127.0.0.1:23003: connect: connection refused). Check the registry's name and port, the network and proxies.",
  },
  {
    what: "a command that is not there",
    phase: "up",
    program: 'box("a", { command: ["/no/such/binary"] });',
    message:
      'Container "faulty-a": command[0] "/no/such/binary" is no program of the image. Mend the path, or use an image that has it.',
    isShort: true,
  },
  {
    what: "a command that exits with 3",
    phase: "up",
    program: 'box("a", { command: ["sh", "-c", "echo config is broken; exit 3"] });',
    message:
      'Container "faulty-a" stopped with exit code 3. Mend its command or settings; a container that is meant to end needs `mustRun: false`. It logged last:\n…config is broken',
    isShort: true,
  },
  {
    what: "a command that ends at once, and well",
    phase: "up",
    program: 'box("a", { command: ["true"] });',
    message:
      'Container "faulty-a" stopped with exit code 0. Mend its command or settings; a container that is meant to end needs `mustRun: false`. It logged nothing.',
  },
  {
    what: "a crash loop",
    phase: "up",
    program: 'box("a", { command: ["sh", "-c", "sleep 0.1; exit 5"], restart: "always" });',
    message:
      'Container "faulty-a" keeps ending and is started again and again…. Mend its command or settings; a container that is meant to end needs `mustRun: false`. It logged nothing.',
  },
  {
    what: "a health check that fails",
    phase: "up",
    program:
      'box("a", { wait: true, healthcheck: { tests: ["CMD-SHELL", "echo not yet; exit 1"], interval: "300ms", timeout: "1s", retries: 2 } });',
    message:
      'Container "faulty-a" is unhealthy; its last check (exit code 1) said: not yet. Mend the health check or what it checks. It logged nothing.',
  },
  {
    what: "a health check that hangs",
    phase: "up",
    program:
      'box("a", { wait: true, healthcheck: { tests: ["CMD-SHELL", "sleep 10"], interval: "300ms", timeout: "1s", retries: 2 } });',
    message:
      'Container "faulty-a" is unhealthy; its last check (exit code -1) said: Health check exceeded timeout (1s). Mend the health check or what it checks. It logged nothing.',
  },
  {
    what: "not healthy in its time",
    phase: "up",
    program:
      'box("a", { wait: true, healthcheck: { tests: ["CMD-SHELL", "exit 1"], interval: "300ms", timeout: "1s", retries: 2, startPeriod: "60s" }, waitTimeout: 2 });',
    message:
      'Container "faulty-a" is not healthy after 2 s; … Mend the health check or what it checks. It logged nothing.',
  },
  {
    what: "out of its custom timeout",
    phase: "up",
    program:
      'box("a", { wait: true, healthcheck: { tests: ["CMD-SHELL", "exit 1"], interval: "300ms", timeout: "1s", retries: 2, startPeriod: "60s" } }, { customTimeouts: { create: "3s" } });',
    message:
      'Container "faulty-a" was not ready within its custom timeout. Give it more time (`customTimeouts`), or mend what takes it so long.',
  },
  {
    what: "a user that is not there",
    phase: "up",
    program: 'box("a", { user: "nobody-of-that-name" });',
    message:
      'Container "faulty-a": user "nobody-of-that-name" is no user of the image. Name one of its /etc/passwd, or give a number such as 1000.',
  },
  {
    what: "a working folder that is a file",
    phase: "up",
    program: 'box("a", { workingDir: "/bin/busybox" });',
    message:
      'Container "faulty-a": workingDir "/bin/busybox" is a file in the image, not a folder. Name a folder, or one that is not there yet.',
  },
  {
    what: "a file mounted over a folder",
    phase: "up",
    program: 'box("a", { volumes: [{ hostPath: "/etc/hostname", containerPath: "/bin" }] });',
    message:
      'Container "faulty-a": volumes[0].hostPath "/etc/hostname" can\'t be mounted at "/bin": one of the two is a file, the other a folder. Mount a file on a file and a folder on a folder.',
  },
  {
    what: "an upload below a file",
    phase: "up",
    program: 'box("a", { uploads: [{ file: "/bin/busybox/page", content: "x" }] });',
    message:
      'Container "faulty-a": uploads[0].file "/bin/busybox/page" can\'t be written: …bin/busybox/page: not a directory. Choose another place, or mend what the image or a mount has there.',
  },
  {
    what: "a sysctl that the kernel lacks",
    phase: "up",
    program: 'box("a", { sysctls: { "net.ipv4.no_such_thing": "1" } });',
    message:
      'Container "faulty-a": sysctls "net.ipv4.no_such_thing" is not known to the kernel. Mend the name, or leave it out.',
  },
  {
    what: "a device that is not there",
    phase: "up",
    program: 'box("a", { devices: [{ hostPath: "/dev/no-such-device" }] });',
    message:
      'Container "faulty-a": devices[0].hostPath "/dev/no-such-device" is not there. Name a device of the daemon\'s machine, or leave it out.',
  },
  {
    what: "a tmpfs option that is none",
    phase: "up",
    program: 'box("a", { tmpfs: { "/scratch": "no_such_option=1" } });',
    message:
      'Container "faulty-a": tmpfs "no_such_option" is no option of a tmpfs. Leave it out, or use one such as size=64m, mode=1777 or noexec.',
  },
  {
    what: "a size of the root file system that the storage can't keep",
    phase: "up",
    program: 'box("a", { storageOpts: { size: "1g" } });',
    message:
      "Container \"faulty-a\": storageOpts can't be kept by the daemon: its storage takes it only for overlay over xfs with 'pquota' mount option. Leave it out.",
    onCurrentEngine: {
      phase: "preview",
      message:
        'Container "faulty-a": storageOpts can\'t be kept by the daemon: it has its images in containerd, which limits no root file system. Leave it out.',
    },
  },
  {
    what: "a command of afterStart that fails",
    phase: "up",
    program:
      'new EngineContainer("a", { image, name: "faulty-a", command: ["sleep", "1000"], postStart: [{ command: ["sh", "-c", "echo no schema; exit 4"] }] });',
    message:
      'Container "faulty-a": postStart[0] failed with exit code 4: no schema. Mend the command, or what it asks.',
  },
  {
    what: "a command that is meant to complete and fails",
    phase: "up",
    program:
      'new EngineContainer("a", { image, name: "faulty-a", command: ["sh", "-c", "echo migration failed; exit 2"], mustRun: false, mustComplete: true });',
    message:
      'Container "faulty-a" stopped with exit code 2. Mend what it runs; it has to end with exit code 0. It logged last:\n…migration failed',
  },
  {
    what: "a log driver that the daemon lacks",
    phase: "up",
    program: 'box("a", { logDriver: "no-such-driver" });',
    message:
      'Container "faulty-a": logDriver "no-such-driver" is no log driver of the daemon. Use one that `docker info` lists, or install its plugin.',
  },
  {
    what: "a volume driver that the daemon lacks",
    phase: "up",
    program:
      'box("a", { mounts: [{ type: "volume", source: "odd", target: "/odd", volumeOptions: { driverName: "no-such-driver" } }] });',
    message:
      'Container "faulty-a": volumes "no-such-driver" is no volume driver of the daemon. Use one that `docker info` lists, or install its plugin.',
  },
];
