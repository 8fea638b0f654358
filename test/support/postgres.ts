import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";
import { makeProgramImage } from "./program-image";

/** What the official image's entrypoint does with its variables: a cluster of its own user, the database, the server. */
const entrypoint = `#!/bin/sh
set -e
if [ "$1" = postgres ]; then
  mkdir -p "$PGDATA"
  chown -R postgres "$PGDATA"
  chmod 700 "$PGDATA"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    chmod 644 /tmp/password
    /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 >/dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    # The official image is on its socket only while it does this, and not healthy by TCP.
    /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups pg_ctl -D "$PGDATA" -o "-c listen_addresses= -k /tmp" -w start >/dev/null
    PGPASSWORD="$POSTGRES_PASSWORD" createdb -h /tmp -U "$POSTGRES_USER" -O "$POSTGRES_USER" "$POSTGRES_DB"
    /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
  fi
  exec /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups postgres -D "$PGDATA" -k /tmp -c "listen_addresses=*"
fi
exec "$@"
`;

/** Makes `slipway-test/postgres:1` out of Debian's PostgreSQL; it takes the variables of the official image. */
export function makePostgresImage(daemon: PrivateDaemon): string {
  if (globSync("/usr/lib/postgresql/*/bin/postgres").length === 0) {
    installPackages({ "/usr/lib/postgresql": "postgresql" });
    dropOwnCluster();
  }
  const [server = ""] = globSync("/usr/lib/postgresql/*/bin/postgres").sort().reverse();
  const home = join(server, "../..");
  const version = home.split("/").at(-1) ?? "";
  const programs = ["postgres", "initdb", "pg_ctl", "pg_isready", "psql", "createdb"];
  const libraries = ["plpgsql.so", "dict_snowball.so"];
  return makeProgramImage(daemon, {
    reference: "slipway-test/postgres:1",
    programs: [
      ...programs.map((name) => join(home, "bin", name)),
      ...libraries.map((name) => join(home, "lib", name)),
      "/usr/bin/setpriv",
    ],
    folders: [`/usr/share/postgresql/${version}`, "/usr/share/zoneinfo/Etc"],
    files: {
      "/entrypoint": entrypoint,
      "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\npostgres:x:70:70::/tmp:/bin/sh\n",
      "/etc/group": "root:x:0:\npostgres:x:70:\n",
    },
    lines: [
      `ENV PATH=/bin:/usr/bin:${home}/bin LC_ALL=C TZ=Etc/UTC`,
      "RUN chmod 1777 /tmp",
      'ENTRYPOINT ["/entrypoint"]',
      'CMD ["postgres"]',
    ],
  });
}

/** The package makes and starts a server when it is installed, which nobody here has asked for. */
function dropOwnCluster(): void {
  const clusters = execFileSync("pg_lsclusters", ["-h"], { encoding: "utf8" });
  for (const [, version = "", name = ""] of clusters.matchAll(/^(\d+)\s+(main)\s/gm)) {
    execFileSync("pg_dropcluster", ["--stop", version, name], { stdio: "ignore" });
  }
}
