/// What the manual page of the program says beyond its commands and options.
enum ManualText {
  /// What roost is.
  static let introduction = """
    roost runs multi-container applications from a Compose file on one Linux machine: the file that \
    is given to docker compose, with its commands and its output. There is no daemon. Before up and \
    after down no process of roost exists; while a project runs, one supervisor looks after it and \
    one roost-shim after each container. roost must run as root.

    The Compose file is compose.yaml in the working directory, or in the nearest directory above.
    """

  private static let environment = [
    ("ROOST_ROOT, ROOST_RUN_ROOT", "As --root and --run-root."),
    ("ROOST_REGISTRIES", "The file of mirrors and registries without TLS."),
    (
      "ROOST_LAYER_SIZE_LIMIT",
      "Bytes that one layer may grow to when it is unpacked, or a file that ADD fetches."
    ),
    ("COMPOSE_FILE, COMPOSE_PATH_SEPARATOR", "The Compose files, when no --file names one."),
    ("COMPOSE_PROJECT_NAME", "As --project-name."),
    ("COMPOSE_PROFILES", "As --profile, separated by commas."),
    ("COMPOSE_ENV_FILES, COMPOSE_DISABLE_ENV_FILE", "Files instead of .env, or none."),
    ("COMPOSE_ANSI, COMPOSE_PROGRESS", "As --ansi and --progress."),
    ("COMPOSE_PARALLEL_LIMIT", "As --parallel; .env may set it too."),
    ("COMPOSE_STATUS_STDOUT", "Progress goes to standard output."),
    ("COMPOSE_COMPATIBILITY", "As --compatibility."),
    ("COMPOSE_CONVERT_WINDOWS_PATHS", "Bind mounts of C:\\dir take /c/dir."),
    (
      "COMPOSE_EXPERIMENTAL_GIT_REMOTE, COMPOSE_EXPERIMENTAL_OCI_REMOTE",
      "False: no files of repositories, of registries."
    ),
    ("DOCKER_DEFAULT_PLATFORM", "The platform of services that have none."),
    ("COMPOSE_REMOVE_ORPHANS, COMPOSE_IGNORE_ORPHANS", "What up does with orphans."),
    ("DOCKER_CONFIG", "The directory of the credentials, instead of ~/.docker."),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy on the way to registries."),
    ("SOURCE_DATE_EPOCH", "No time in a built image is later."),
  ]

  private static let files = [
    ("/var/lib/roost", "Images, layers, volumes, networks, projects and containers."),
    ("/run/roost", "What ends at a reboot: locks, sockets, namespaces, pipes."),
    ("/etc/roost/registries.json", "Mirrors, and registries without TLS."),
    ("/etc/roost/certs.d, /etc/docker/certs.d", "Certificates of registries."),
  ]

  private static let exitStatus = [
    ("0", "Success."),
    ("1", "A container that failed, something that does not exist, this machine, roost itself."),
    ("15", "An error in the user's files, or one of them is missing."),
    ("16", "An error in the command line."), ("17", "A build that failed."),
    ("18", "A registry that does not answer, refuses, or does not have what was asked for."),
    ("130", "Ended by Ctrl-C."),
    ("125", "container run: the container could not be run."),
    ("126, 127", "run, exec: the command cannot be executed, is not there."),
    ("other", "run, exec: the exit code of the command."),
  ]

  private static let examples = [
    "roost --dry-run up    # what would be done, and why",
    "roost up -d --wait    # do it, wait until everything is healthy",
    "roost ps", "roost logs -f web", "roost exec web sh",
    "roost down -v         # stop and remove, with the volumes",
  ]

  /// Writes the sections that follow the commands.
  static func write(to roff: inout Roff) {
    write("environment", environment, to: &roff)
    write("files", files, to: &roff)
    write("exit status", exitStatus, to: &roff)
    roff.section("examples")
    roff.example(examples)
  }

  private static func write(
    _ title: String, _ rows: [(term: String, meaning: String)], to roff: inout Roff
  ) {
    roff.section(title)
    for row in rows { roff.item(Roff.bold(row.term), row.meaning) }
  }
}
