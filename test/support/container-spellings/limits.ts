import { contract, docs, host, mebibyte, run, type Spelled, spelling } from "./spelling";

/** How much it may use. Words in angle brackets stand for what the test makes. */
export const limitsSpellings: readonly Spelled[] = [
  {
    input: "cpuPeriod",
    spellings: [
      spelling({ cpuPeriod: 50000, cpuQuota: 25000 }, host({ CpuPeriod: 50000, CpuQuota: 25000 }), run("--cpu-period")),
      spelling({ cpuPeriod: 100000 }, {}, "the kernel's own, said"),
      spelling(
        { cpuPeriod: 50000, cpus: "0.5" },
        host({ CpuPeriod: 0, NanoCpus: 5e8 }),
        "ContainerArgs.cpuPeriod: ignored if `cpus` is set",
      ),
    ],
  },
  {
    input: "cpuQuota",
    spellings: [
      spelling({ cpuQuota: 50000 }, host({ CpuQuota: 50000 }), run("--cpu-quota")),
      spelling({ cpuQuota: 0 }, host({ CpuQuota: 0 }), "zero is the default"),
    ],
  },
  {
    input: "cpuSet",
    same: true,
    spellings: [
      spelling({ cpuSet: "0-1" }, host({ CpusetCpus: "0-1" }), run("--cpuset-cpus 0-1")),
      spelling({ cpuSet: "0,1" }, host({ CpusetCpus: "0,1" }), run("--cpuset-cpus 0,1")),
      spelling({ cpuSet: "1,0" }, host({ CpusetCpus: "1,0" }), "cpuset(7), list format"),
    ],
  },
  {
    input: "cpuShares",
    spellings: [
      spelling({ cpuShares: 512 }, host({ CpuShares: 512 }), run("--cpu-shares")),
      spelling({ cpuShares: 2 }, host({ CpuShares: 2 }), "the kernel's least"),
    ],
  },
  {
    input: "cpus",
    same: true,
    spellings: [
      spelling({ cpus: "1.5" }, host({ NanoCpus: 1.5e9 }), run("--cpus 1.5")),
      spelling({ cpus: "1.50" }, host({ NanoCpus: 1.5e9 }), contract),
      spelling({ cpus: "01.500" }, host({ NanoCpus: 1.5e9 }), "a number all the same"),
    ],
  },
  ...(["ReadBps", "ReadIops", "WriteBps", "WriteIops"] as const).map(
    (kind): Spelled => ({
      input: `device${kind}`,
      only: "made",
      why: "this machine's block devices take no throttle",
      same: true,
      spellings: [
        spelling(
          {
            [`device${kind}`]: [
              { path: "/dev/loop0", rate: mebibyte },
              { path: "/dev/loop1", rate: 5 },
            ],
          },
          host({
            [`BlkioDevice${kind.replace("Iops", "IOps")}`]: [
              { Path: "/dev/loop0", Rate: mebibyte },
              { Path: "/dev/loop1", Rate: 5 },
            ],
          }),
          run("--device-read-bps and so on"),
        ),
        spelling(
          {
            [`device${kind}`]: [
              { rate: 5, path: "/dev/loop1" },
              { path: "/dev/loop0", rate: mebibyte },
            ],
          },
          host({
            [`BlkioDevice${kind.replace("Iops", "IOps")}`]: [
              { Path: "/dev/loop1", Rate: 5 },
              { Path: "/dev/loop0", Rate: mebibyte },
            ],
          }),
          "the order says nothing",
        ),
      ],
    }),
  ),
  {
    input: "maxRetryCount",
    spellings: [
      spelling(
        { maxRetryCount: 3, restart: "on-failure" },
        host({ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } }),
        run("--restart on-failure:3"),
      ),
      spelling(
        { maxRetryCount: 0, restart: "on-failure" },
        host({ RestartPolicy: { MaximumRetryCount: 0 } }),
        "zero is the default",
      ),
    ],
  },
  {
    input: "memory",
    spellings: [
      spelling({ memory: 64 }, host({ Memory: 64 * mebibyte, MemorySwap: 128 * mebibyte }), "reconciliation.md, C3"),
      spelling({ memory: 6 }, host({ Memory: 6 * mebibyte }), "the Engine's least"),
      spelling({ memory: 0 }, host({ Memory: 0 }), "zero is the default"),
    ],
  },
  {
    input: "memoryReservation",
    spellings: [
      spelling({ memoryReservation: 32 }, host({ MemoryReservation: 32 * mebibyte }), run("--memory-reservation")),
      spelling(
        { memoryReservation: 32, memory: 64 },
        host({ MemoryReservation: 32 * mebibyte, Memory: 64 * mebibyte }),
        docs("memoryReservation"),
      ),
    ],
  },
  {
    input: "memorySwap",
    spellings: [
      spelling({ memorySwap: 100, memory: 64 }, host({ MemorySwap: 100 * mebibyte }), run("--memory-swap")),
      spelling({ memorySwap: -1, memory: 64 }, host({ MemorySwap: -1 }), run("--memory-swap -1")),
      spelling({ memorySwap: 128, memory: 64 }, host({ MemorySwap: 128 * mebibyte }), "the Engine's own, said"),
    ],
  },
  {
    input: "restart",
    spellings: [
      spelling({ restart: "no" }, host({ RestartPolicy: { Name: "no" } }), docs("restart")),
      spelling({ restart: "unless-stopped" }, host({ RestartPolicy: { Name: "unless-stopped" } }), docs("restart")),
      spelling({ restart: "" }, {}, "compose-facts.md: an empty text means no"),
    ],
  },
  {
    input: "shmSize",
    spellings: [
      spelling({ shmSize: 64 }, host({ ShmSize: 64 * mebibyte }), "the daemon's own, said"),
      spelling({ shmSize: 1 }, host({ ShmSize: mebibyte }), run("--shm-size 1m")),
    ],
  },
  {
    input: "ulimits",
    same: true,
    spellings: [
      spelling(
        {
          ulimits: [
            { name: "nofile", soft: 1024, hard: 2048 },
            { name: "nproc", soft: 100, hard: 100 },
          ],
        },
        host({
          Ulimits: [
            { Name: "nofile", Soft: 1024, Hard: 2048 },
            { Name: "nproc", Soft: 100, Hard: 100 },
          ],
        }),
        run("--ulimit"),
      ),
      spelling(
        {
          ulimits: [
            { hard: 100, soft: 100, name: "nproc" },
            { name: "nofile", hard: 2048, soft: 1024 },
          ],
        },
        host({}),
        "the order says nothing",
      ),
    ],
  },
];
