import { compose, docs, host, profile, run, type Spelled, spelling } from "./spelling";

/** What separates it from its host. Words in angle brackets stand for what the test makes. */
export const isolationSpellings: readonly Spelled[] = [
  {
    input: "capabilities",
    same: true,
    spellings: [
      spelling(
        { capabilities: { adds: ["NET_ADMIN", "SYS_TIME"], drops: ["MKNOD"] } },
        host({ CapAdd: ["CAP_NET_ADMIN", "CAP_SYS_TIME"], CapDrop: ["CAP_MKNOD"] }),
        run("--cap-add NET_ADMIN"),
      ),
      spelling(
        { capabilities: { adds: ["CAP_NET_ADMIN", "CAP_SYS_TIME"], drops: ["CAP_MKNOD"] } },
        host({ CapAdd: ["CAP_NET_ADMIN", "CAP_SYS_TIME"] }),
        "capabilities(7)",
      ),
      spelling(
        { capabilities: { adds: ["sys_time", "net_admin"], drops: ["mknod"] } },
        host({ CapDrop: ["CAP_MKNOD"] }),
        "docker run takes any case; the order says nothing",
      ),
    ],
  },
  {
    input: "cgroupParent",
    only: "made",
    why: "its cgroups are the host's",
    spellings: [
      spelling({ cgroupParent: "/slipway" }, host({ CgroupParent: "/slipway" }), run("--cgroup-parent")),
      spelling({ cgroupParent: "slipway.slice" }, host({ CgroupParent: "slipway.slice" }), "systemd's cgroup driver"),
    ],
  },
  {
    input: "cgroupnsMode",
    only: "made",
    why: "cgroup v1 has no private ones here",
    spellings: [
      spelling({ cgroupnsMode: "host" }, host({ CgroupnsMode: "host" }), docs("cgroupnsMode")),
      spelling({ cgroupnsMode: "private" }, host({ CgroupnsMode: "private" }), docs("cgroupnsMode")),
    ],
  },
  {
    input: "deviceCgroupRules",
    same: true,
    spellings: [
      spelling(
        { deviceCgroupRules: ["c 42:* rmw", "b 7:1 r"] },
        host({ DeviceCgroupRules: ["c 42:* rmw", "b 7:1 r"] }),
        run("--device-cgroup-rule"),
      ),
      spelling(
        { deviceCgroupRules: ["b 7:1 r", "c 42:* rmw"] },
        host({ DeviceCgroupRules: ["b 7:1 r", "c 42:* rmw"] }),
        "the order says nothing",
      ),
    ],
  },
  {
    input: "deviceRequests",
    only: "made",
    why: "there is no such device",
    spellings: [
      spelling(
        { deviceRequests: [{ driver: "nvidia", count: -1, capabilities: ["gpu", "compute"] }] },
        host({ DeviceRequests: [{ Driver: "nvidia", Count: -1, Capabilities: [["gpu", "compute"]] }] }),
        "recordings, c-devreq",
      ),
      spelling(
        { deviceRequests: [{ driver: "cdi", deviceIds: ["nvidia.com/gpu=all"] }] },
        host({ DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=all"] }] }),
        docs("deviceRequests"),
      ),
    ],
  },
  {
    input: "devices",
    same: true,
    spellings: [
      spelling(
        { devices: [{ hostPath: "/dev/null" }] },
        host({ Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/null", CgroupPermissions: "rwm" }] }),
        run("--device /dev/null"),
      ),
      spelling(
        { devices: [{ hostPath: "/dev/null", containerPath: "/dev/null", permissions: "mrw" }] },
        host({ Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/null", CgroupPermissions: "mrw" }] }),
        run("--device /dev/null:/dev/null:mrw"),
      ),
    ],
  },
  {
    input: "gpus",
    only: "made",
    why: "there is no such device",
    spellings: [
      spelling({ gpus: "all" }, host({ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }), docs("gpus")),
      spelling(
        { gpus: "device=0,2" },
        host({ DeviceRequests: [{ DeviceIDs: ["0", "2"], Capabilities: [["gpu"]] }] }),
        docs("gpus"),
      ),
    ],
  },
  {
    input: "groupAdds",
    same: true,
    spellings: [
      spelling({ groupAdds: ["1000", "2000"] }, host({ GroupAdd: ["1000", "2000"] }), run("--group-add")),
      spelling({ groupAdds: ["2000", "1000"] }, host({ GroupAdd: ["2000", "1000"] }), "a set for the official plugin"),
    ],
  },
  {
    input: "ipcMode",
    spellings: [
      spelling({ ipcMode: "shareable" }, host({ IpcMode: "shareable" }), docs("ipcMode")),
      spelling({ ipcMode: "private" }, host({ IpcMode: "private" }), "the daemon's own, said"),
      spelling({ ipcMode: "container:<PEER>" }, host({ IpcMode: "container:<PEER_ID>" }), docs("ipcMode")),
    ],
  },
  {
    input: "pidMode",
    spellings: [
      spelling({ pidMode: "host" }, host({ PidMode: "host" }), docs("pidMode")),
      spelling({ pidMode: "container:<PEER>" }, host({ PidMode: "container:<PEER_ID>" }), docs("pidMode")),
    ],
  },
  {
    input: "privileged",
    only: "made",
    why: "this machine refuses the capabilities",
    spellings: [
      spelling({ privileged: true }, host({ Privileged: true }), run("--privileged")),
      spelling({ privileged: false }, host({ Privileged: false }), "the default, said"),
    ],
  },
  {
    input: "readOnly",
    spellings: [
      spelling({ readOnly: true }, host({ ReadonlyRootfs: true }), run("--read-only")),
      spelling({ readOnly: false }, host({ ReadonlyRootfs: false }), "the default, said"),
    ],
  },
  {
    input: "runtime",
    spellings: [
      spelling({ runtime: "runc" }, host({ Runtime: "runc" }), "the daemon's own, said"),
      spelling({ runtime: "io.containerd.runc.v2" }, host({ Runtime: "io.containerd.runc.v2" }), run("--runtime")),
    ],
  },
  {
    input: "securityOpts",
    same: true,
    spellings: [
      spelling(
        { securityOpts: ["no-new-privileges", "seccomp=unconfined"] },
        host({ SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] }),
        run("--security-opt"),
      ),
      spelling(
        { securityOpts: ["seccomp:unconfined", "no-new-privileges:true"] },
        host({ SecurityOpt: ["seccomp:unconfined", "no-new-privileges:true"] }),
        "docker's older separator",
      ),
      spelling({ securityOpts: ["no-new-privileges=true", "seccomp=unconfined"] }, host({}), compose("security_opt")),
    ],
  },
  {
    input: "securityOpts",
    spellings: [
      spelling(
        { securityOpts: [`seccomp=${profile}`] },
        host({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
        run("--security-opt seccomp=FILE"),
      ),
      spelling(
        { securityOpts: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] },
        host({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
        "Engine API, HostConfig.SecurityOpt",
      ),
    ],
  },
  {
    input: "sysctls",
    same: true,
    spellings: [
      spelling(
        { sysctls: { "net.core.somaxconn": "512", "net.ipv4.ip_unprivileged_port_start": "0" } },
        host({ Sysctls: { "net.core.somaxconn": "512", "net.ipv4.ip_unprivileged_port_start": "0" } }),
        run("--sysctl"),
      ),
      spelling(
        { sysctls: { "net.ipv4.ip_unprivileged_port_start": "0", "net.core.somaxconn": "512" } },
        host({}),
        "a map has no order",
      ),
    ],
  },
  {
    input: "usernsMode",
    spellings: [
      spelling({ usernsMode: "host" }, host({ UsernsMode: "host" }), run("--userns host")),
      spelling({ usernsMode: "" }, host({ UsernsMode: "" }), "an empty text is nothing (the official plugin)"),
    ],
  },
];
