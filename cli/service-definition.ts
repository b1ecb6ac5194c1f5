import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandRefusedError } from './arguments.ts'
import { terminal } from './terminal.ts'

/** A background service of the signed-in user, as its manager wants it described. */
export interface ServiceDefinition {
  manager: 'systemd' | 'launchd'
  file: string
  text: string
}

interface ServicePaths {
  node: string
  program: string
  /** Where the server runs: its `.env` and `./data` are here. */
  folder: string
  home: string
}

export const SYSTEMD_UNIT = 'kagura-memory.service'
export const LAUNCHD_LABEL = 'org.kagura-memory.server'

/**
 * The service that runs the server in the current folder. Throws CommandRefusedError where there is
 * no manager that this version knows, or if the program may disappear.
 */
export function currentDefinition(): ServiceDefinition {
  const { env } = terminal()
  const paths: ServicePaths = {
    node: process.execPath,
    program: fileURLToPath(new URL('./index.js', import.meta.url)),
    folder: process.cwd(),
    home: env['HOME'] ?? homedir()
  }
  if (/[\\/]_npx[\\/]/.test(paths.program)) {
    throw new CommandRefusedError(
      'npx keeps this program in a cache, which npm may empty. Install it first: ' +
        'npm install --global kagura-memory'
    )
  }
  if (process.platform === 'linux') {
    const configFolder = env['XDG_CONFIG_HOME'] || join(paths.home, '.config')
    const file = join(configFolder, 'systemd/user', SYSTEMD_UNIT)
    return { manager: 'systemd', file, text: systemdUnit(paths) }
  }
  if (process.platform === 'darwin') {
    const file = join(paths.home, 'Library/LaunchAgents', `${LAUNCHD_LABEL}.plist`)
    return { manager: 'launchd', file, text: launchdPlist(paths) }
  }
  throw new CommandRefusedError(
    'Only systemd (Linux) and launchd (macOS) are known. Let the service manager of this system ' +
      'run "kagura serve" in this folder.'
  )
}

/** A systemd user unit. `Type=exec` needs systemd 240. */
export function systemdUnit({ node, program, folder }: ServicePaths): string {
  return `# Written by "kagura service install". Settings are in ${printable(folder)}/.env.
[Unit]
Description=Kagura Memory
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=exec
WorkingDirectory=${printable(folder).replaceAll('%', '%%')}
ExecStart=${systemdArgument(node)} ${systemdArgument(program)} serve
Restart=on-failure
RestartSec=5
TimeoutStopSec=30
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`
}

/** A launchd agent of the signed-in user. */
export function launchdPlist({ node, program, folder, home }: ServicePaths): string {
  const log = xmlText(join(home, 'Library/Logs/kagura-memory.log'))
  const argumentLines = [node, program, 'serve'].map(
    (text) => `    <string>${xmlText(text)}</string>`
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LAUNCHD_LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${argumentLines.join('\n')}
  </array>
  <key>WorkingDirectory</key>
  <string>${xmlText(folder)}</string>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>5</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${log}</string>
  <key>StandardErrorPath</key>
  <string>${log}</string>
</dict>
</plist>
`
}

/** One argument of ExecStart: systemd.service(5), "Command lines". */
function systemdArgument(text: string): string {
  const escaped = printable(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
  return `"${escaped}"`
}

function xmlText(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A control character would end a line of the file. Throws CommandRefusedError. */
function printable(path: string): string {
  if (!/\p{Cc}/u.test(path)) return path
  throw new CommandRefusedError('The path of this folder has a control character. Rename it.')
}
