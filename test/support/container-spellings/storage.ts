import { docs, host, mebibyte, profile, run, type Spelled, spelling } from "./spelling";

/** What it keeps. Words in angle brackets stand for what the test makes. */
export const storageSpellings: readonly Spelled[] = [
  {
    input: "mounts",
    spellings: [
      spelling(
        { mounts: [{ type: "bind", source: "<FOLDER>", target: "/b", readOnly: true }] },
        host({ Mounts: [{ Type: "bind", Source: "<FOLDER>", Target: "/b", ReadOnly: true }] }),
        run("--mount type=bind"),
      ),
      spelling(
        {
          mounts: [
            { type: "volume", source: "<VOLUME>", target: "/v/", volumeOptions: { noCopy: true } },
            { type: "volume", target: "/a" },
          ],
        },
        host({
          Mounts: [
            { Type: "volume", Source: "<VOLUME>", Target: "/v/", VolumeOptions: { NoCopy: true } },
            { Type: "volume", Target: "/a" },
          ],
        }),
        run("--mount type=volume"),
      ),
      spelling(
        { mounts: [{ type: "tmpfs", target: "/t", tmpfsOptions: { sizeBytes: mebibyte, mode: 0o1777 } }] },
        host({ Mounts: [{ Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: mebibyte, Mode: 0o1777 } }] }),
        run("--mount type=tmpfs"),
      ),
      spelling(
        { mounts: [{ type: "bind", source: "<FOLDER>/", target: "/b", bindOptions: { propagation: "rprivate" } }] },
        host({ Mounts: [{ BindOptions: { Propagation: "rprivate" } }] }),
        "a trailing slash; the Engine's own propagation, said",
      ),
    ],
  },
  {
    input: "storageOpts",
    only: "body",
    why: "needs overlay2 on xfs with project quotas",
    spellings: [
      spelling({ storageOpts: { size: "1G" } }, host({ StorageOpt: { size: "1G" } }), docs("storageOpts")),
      spelling({ storageOpts: { size: "1024m" } }, host({ StorageOpt: { size: "1024m" } }), run("--storage-opt")),
    ],
  },
  {
    input: "tmpfs",
    same: true,
    spellings: [
      spelling(
        { tmpfs: { "/run": "size=64m,mode=1777" } },
        host({ Tmpfs: { "/run": "size=64m,mode=1777" } }),
        run("--tmpfs"),
      ),
      spelling(
        { tmpfs: { "/run": "mode=1777,size=65536k" } },
        host({ Tmpfs: { "/run": "mode=1777,size=65536k" } }),
        "tmpfs(5)",
      ),
      spelling(
        { tmpfs: { "/run/": "rw,size=67108864,mode=01777" } },
        host({}),
        "a trailing slash; what is the default, said",
      ),
    ],
  },
  {
    input: "uploads",
    spellings: [
      spelling(
        {
          uploads: [
            { file: "/etc/a", content: "hello\n" },
            { file: "/deep/er/b", content: "x", permissions: "0600", owner: "1000", group: "1000" },
          ],
        },
        {},
        docs("uploads"),
      ),
      spelling({ uploads: [{ file: "/etc/a", contentBase64: "aGVsbG8K", executable: true }] }, {}, docs("uploads")),
      spelling({ uploads: [{ file: "/etc/a", source: profile, sourceHash: "1" }] }, {}, docs("uploads")),
      spelling(
        { uploads: [{ file: "etc/empty", content: "", contentBase64: "" }] },
        {},
        "recordings, c-uploads; without a leading slash",
      ),
    ],
  },
  {
    input: "volumes",
    same: true,
    spellings: [
      spelling(
        {
          volumes: [
            { hostPath: "<FOLDER>", containerPath: "/b", readOnly: true },
            { volumeName: "<VOLUME>", containerPath: "/v" },
            { containerPath: "/a" },
          ],
        },
        { HostConfig: { Binds: ["<FOLDER>:/b:ro", "<VOLUME>:/v"] }, Config: { Volumes: { "/a": {} } } },
        docs("volumes"),
      ),
      spelling(
        {
          volumes: [
            { containerPath: "/a/" },
            { volumeName: "<VOLUME>", containerPath: "/v/", readOnly: false },
            { hostPath: "<FOLDER>/", containerPath: "/b", readOnly: true, volumeName: "ignored" },
          ],
        },
        {},
        "trailing slashes; ContainerArgs.volumes: `hostPath` takes precedence",
      ),
    ],
  },
  {
    input: "volumes",
    spellings: [
      spelling(
        { volumes: [{ fromContainer: "<PEER>" }] },
        host({ VolumesFrom: ["<PEER>"] }),
        docs("volumes[].fromContainer"),
      ),
      spelling(
        { volumes: [{ fromContainer: "<PEER_ID>:ro" }] },
        host({ VolumesFrom: ["<PEER_ID>:ro"] }),
        run("--volumes-from NAME:ro"),
      ),
    ],
  },
];
