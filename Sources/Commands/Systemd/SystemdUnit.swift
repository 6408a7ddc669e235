import Linux
import State

/// The unit of a project. Source: systemd.unit(5), systemd.service(5), systemd.syntax(7).
struct SystemdUnit {
  /// Where an administrator's units are.
  static let directory = "/etc/systemd/system"
  /// What an enabled unit is started with.
  static let target = "multi-user.target"

  let project: String
  /// The path of roost.
  let program: String
  let layout: Layout

  var name: String { "roost-\(project).service" }
  var path: String { "\(Self.directory)/\(name)" }

  /// The file's text. Containers, shims and the supervisor are no processes of the unit's own: its
  /// `stop` ends them, and systemd is to kill nothing.
  var text: String {
    """
    # Made by `roost systemd install \(project)`; `roost systemd uninstall \(project)` removes it.
    [Unit]
    Description=Containers of the Compose project \(project)
    Documentation=man:roost(1)
    Wants=network-online.target
    After=network-online.target local-fs.target remote-fs.target
    RequiresMountsFor=\(Self.quoted(layout.root))

    [Service]
    Type=oneshot
    RemainAfterExit=yes
    ExecStart=\(command("start"))
    ExecStop=\(command("stop"))
    KillMode=process
    TimeoutStartSec=infinity
    TimeoutStopSec=infinity

    [Install]
    WantedBy=\(Self.target)

    """
  }

  private func command(_ verb: String) -> String {
    var words = [program]
    if layout.root != Layout.defaultRoot { words += ["--root", layout.root] }
    if layout.runRoot != Layout.defaultRunRoot { words += ["--run-root", layout.runRoot] }
    return (words + ["systemd", verb, project]).map(Self.quoted).joined(separator: " ")
  }

  /// A word as a unit's file has it: specifiers and variables stand for themselves.
  private static func quoted(_ word: String) -> String {
    var text = ""
    for character in word {
      switch character {
      case "%", "$": text += "\(character)\(character)"
      case "\\", "\"": text += "\\\(character)"
      default: text.append(character)
      }
    }
    let isPlain = word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/._-:@".contains($0))
    }
    return isPlain ? text : "\"\(text)\""
  }
}
