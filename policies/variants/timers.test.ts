/** The rule of machines that end, against timers as people write them, and what only looks like one. */
import { gzipSync } from "node:zlib";
import { UNKNOWN } from "../../infra/policy-facts";
import { machinesEndByThemselves } from "../rules/machines-end-by-themselves";
import { TEMPLATE, SPOT, machine, ofType, userData, timer, job, tried } from "../testing/variants";

const script = (text: string) => `#!/bin/sh\n${text}`;
const ends = { instanceInitiatedShutdownBehavior: "terminate", userData: script(timer(60)) };
const spot = (spotInstanceType: string) => ({ instanceMarketOptions: { spotOptions: { spotInstanceType } } });
tried(machinesEndByThemselves, [
  [
    "a spot request that persists",
    machine({ ...ends, ...spot("persistent") }),
    "is kept, and paid for, once it is off, or started again",
  ],
  ["one that does so by default", ofType(SPOT, ends), "started again"],
  ["stop", machine({ ...ends, instanceInitiatedShutdownBehavior: "stop" }), "is kept, and paid for"],
  [
    "a reboot for an end",
    machine({ ...ends, userData: script("systemd-run --on-active=60min systemctl reboot") }),
    "never powers itself off",
  ],
  [
    "a timer in a comment",
    machine({ ...ends, userData: script("systemd-run --on-active=60min # systemctl poweroff") }),
    "never powers",
  ],
  ["a timer that is a comment", machine({ ...ends, userData: `#!/bin/sh\n# ${timer(60)}` }), "never powers"],
  ["a timer for ever", machine({ ...ends, userData: script(timer(100_000)) }), "after 100000 minutes"],
  [
    "a launch template without one",
    ofType(TEMPLATE, { ...ends, userData: userData("#!/bin/sh") }),
    "never powers itself off",
  ],
  [
    "a domain without a disk for cloud-init",
    ofType("libvirt:index/domain:Domain", { vcpu: 1 }),
    "never powers itself off",
  ],
  ...[
    `#!/bin/sh\necho "${timer(60)}"`,
    `#!/bin/sh\necho ${timer(60)}`,
    `#!/bin/sh\nfalse && ${timer(60)}`,
    `#!/bin/sh\nif false; then\n${timer(60)}\nfi`,
    `#!/bin/sh\nend() {\n${timer(60)}\n}`,
    `#!/bin/sh\nexit 0\n${timer(60)}`,
    `#!/bin/sh\ncat <<EOF\n${timer(60)}\nEOF`,
    "#!/bin/sh\nsystemd-run --on-active=60min echo systemctl poweroff",
    `#cloud-config\nruncmd:\n  - echo ${timer(60)}`,
    `#cloud-config\nruncmd:\n  - [echo, ${timer(60).replaceAll(" ", ", ")}]`,
    `#cloud-config\n# bootcmd: [${timer(60)}]\n`,
    `#cloud-config\nfinal_message: "${timer(60)}"`,
    `#cloud-config\nbootcmd: [`,
    // cloud-init makes nothing of them, or has another program run them.
    timer(60),
    `\n#!/bin/sh\n${timer(60)}`,
    `#!/usr/bin/python3\n${timer(60)}`,
    `#cloud-config-jsonp\nbootcmd: [${timer(60)}]`,
    // Commands of one key are one script.
    `#cloud-config\nruncmd:\n  - dnf -y upgrade; exit 0\n  - ${timer(60)}`,
    `#cloud-config\nruncmd:\n  - if test -e /never; then\n  - ${timer(60)}\n  - fi`,
    `#cloud-config\nruncmd:\n  - {a: b}\n  - ${timer(60)}`,
    `#cloud-config\ncloud_final_modules: []\nruncmd:\n  - ${timer(60)}`,
    `#cloud-config\npower_state: {mode: reboot, delay: 60}`,
    `#cloud-config\npower_state: {mode: poweroff, delay: 60, condition: test -e /never}`,
    `#cloud-config\npower_state: {mode: poweroff, delay: soon}`,
    ...[
      `case $1 in\nnever) ${timer(60)} ;;\nesac`,
      `function end {\n${timer(60)}\n}`,
      `false && echo | ${timer(60)}`,
      "systemd-run --on-active=1h echo >poweroff",
      `cat <<EOF\n\tEOF\n${timer(60)}\nEOF`,
      ...["-r +60", "-c", "-k +60", "-H +60", "now", "-h 18:00"].map((how) => `shutdown ${how}`),
      ...[
        "-H other --on-active=1h",
        `--on-active=${"1".repeat(40)}!`,
        "--user --on-active=1h",
        "--on-active=infinity",
        "--on-active=1fortnight",
      ].map((how) => `systemd-run ${how} systemctl poweroff`),
      ...["poweroff --reboot", "systemctl -H other poweroff", "shutdown -r now"].map(
        (what) => `systemd-run --on-active=1h ${what}`,
      ),
    ].map(script),
  ].map(
    (text) =>
      [`no timer: ${JSON.stringify(text)}`, machine({ ...ends, userData: text }), "never powers itself off"] as const,
  ),
  ...[
    `#!/bin/sh\nset -e\n${timer(60)} >/dev/null 2>&1 # an hour`,
    `#!/bin/sh\nif true; then echo; fi\nsudo /usr/bin/${timer(60)}`,
    `#!/bin/sh\ncat >/etc/motd <<'EOF'\nhello\nEOF\n${timer(60)}`,
    "#!/bin/sh\nsystemd-run --on-active=60min --unit end \\\n  sh -c 'sync; poweroff'",
    `#cloud-config\nruncmd:\n  - ${timer(60)}`,
    `#cloud-config\nbootcmd:\n  - [${timer(60).replaceAll(" ", ", ")}]`,
    `#cloud-config\nbootcmd:\n  - [sh, -c, "${timer(60)}"]`,
    `\n  #Cloud-Config\nbootcmd:\n  - ${timer(60)}`,
    `#cloud-config\r\nbootcmd:\r\n  - ${timer(60)}\r\n`,
    `#cloud-config\nruncmd:\n  - [sh, -c, "it's=1"]\n  - ${timer(60)}`,
    `#cloud-config\nwrite_files:\n  - path: /etc/motd\n    content: hello\nruncmd:\n  - systemctl daemon-reload\n  - ${timer(60)}`,
    ...["60", "+60", '"+60"'].map((delay) => `#cloud-config\npower_state: {mode: poweroff, delay: ${delay}}`),
    `#cloud-boothook\n#!/bin/sh\n${timer(60)}`,
    `#!/usr/bin/env bash\n${timer(60)}`,
    ...[
      `case $1 in\n(a) ;;\nb) ;;\nesac\n${timer(60)}`,
      ...["+60", "-P +60", "-h +60 the end", "--poweroff +60"].map((how) => `/sbin/shutdown ${how}`),
      ...["60m", "1h", "1h30min", "'90 minutes'", "3600", "1.5h"].map(
        (span) => `systemd-run --on-active=${span} poweroff`,
      ),
      `>/dev/null ${timer(60)}`,
      `cat <<-'EOF' >/etc/motd\n\thello\n\tEOF\n${timer(60)}`,
      "systemd-run --on-active=1h 2>&1 >|/tmp/log systemctl poweroff",
      "systemd-run --on-boot 60min --unit end -- shutdown -h now",
      "systemd-run --quiet --on-active=1h --timer-property=AccuracySec=1s systemctl --no-block poweroff",
    ].map(script),
  ].map((text) => [`a timer: ${JSON.stringify(text)}`, machine({ ...ends, userData: text }), undefined] as const),
  ["minutes that can't be read", job({ lifetimeMinutes: "soon" }), "powers itself off after NaN minutes"],
  ["a disk for cloud-init that is empty", ofType("libvirt:index/domain:Domain", { cloudinit: "" }), "never powers"],
  ["base64", machine({ ...ends, userData: undefined, userDataBase64: userData(script(timer(60))) }), undefined],
  [
    "packed",
    machine({ ...ends, userData: "", userDataBase64: gzipSync(script(timer(60))).toString("base64") }),
    undefined,
  ],
  [
    "base64 without one",
    machine({ ...ends, userData: undefined, userDataBase64: userData("#!/bin/sh") }),
    "never powers",
  ],
  ["a job's", job({ lifetimeMinutes: 5000 }), "its worker on aws powers itself off after 5000 minutes"],
  ["a domain with its disk", ofType("libvirt:index/domain:Domain", { cloudinit: "seed" }), undefined],
  [
    "base64 in place of text, which the plugin leaves as it is",
    machine({ ...ends, userData: userData(script(timer(60))) }),
    undefined,
  ],
  ["hours", machine({ ...ends, userData: script("systemd-run --on-active=2d poweroff") }), "after 2880 minutes"],
  ["shutdown's minutes", machine({ ...ends, userData: script("shutdown -P +5000") }), "after 5000 minutes"],
  [
    "cloud-init's",
    machine({ ...ends, userData: "#cloud-config\npower_state: {mode: poweroff, delay: 5000}" }),
    "after 5000",
  ],
  ["user data that is known later", machine({ ...ends, userData: UNKNOWN }), undefined],
  ["a spot request for once", machine({ ...ends, ...spot("one-time") }), undefined],
  ["a launch template with all of it", ofType(TEMPLATE, { ...ends, userData: userData(script(timer(60))) }), undefined],
]);
