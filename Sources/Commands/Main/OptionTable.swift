/// The options of all commands, as `make docs` writes them from what the commands declare.
enum OptionTable {
  /// Read by `OptionTableText`.
  static let text = """
    __docs: -h,--help
    __manual: -h,--help
    up: --abort-on-container-exit --abort-on-container-failure --always-recreate-deps --attach=
      --attach-dependencies --build --exit-code-from= --force-recreate --menu!--no-menu
      --no-attach= --no-build --no-color --no-deps --no-log-prefix --no-menu!--menu
      --no-recreate --no-start --pull= --quiet-build --quiet-pull --remove-orphans --scale=
      --timestamps --wait --wait-timeout= -V,--renew-anon-volumes -d,--detach -h,--help
      -t,--timeout= -w,--watch -y,--yes
    down: --remove-orphans --rmi= -h,--help -t,--timeout= -v,--volumes
    create: --build --force-recreate --no-build --no-recreate --pull= --quiet-build --quiet-pull
      --remove-orphans --scale= -h,--help -y,--yes
    start: --wait --wait-timeout= -h,--help
    stop: -h,--help -t,--timeout=
    restart: --no-deps -h,--help -t,--timeout=
    kill: --remove-orphans -h,--help -s,--signal=
    pause: -h,--help
    unpause: -h,--help
    rm: -a,--all -f,--force -h,--help -s,--stop -v,--volumes
    scale: --no-deps -h,--help
    watch: --no-prune!--prune --no-up --prune!--no-prune --quiet -h,--help
    ps: --filter= --format= --no-orphans!--orphans --no-trunc --orphans!--no-orphans --services
      --status= -a,--all -h,--help -q,--quiet
    logs: --index= --no-color --no-log-prefix --since= --until= -f,--follow -h,--help -n,--tail=
      -t,--timestamps
    top: -h,--help
    port: --index= --protocol= -h,--help
    images: --format= -h,--help -q,--quiet
    volumes: --format= -h,--help -q,--quiet
    events: --json --since= --until= -h,--help
    wait: --down-project -h,--help
    stats: --format= --no-stream --no-trunc -a,--all -h,--help
    ls: --filter= --format= -a,--all -h,--help -q,--quiet
    debug: -h,--help
    exec: ... --index= --no-interactive!--interactive --privileged -T,--no-tty,--no-TTY!--tty
      -d,--detach -e,--env= -h,--help -i,--interactive!--no-interactive -t,--tty!--no-tty
      -u,--user= -w,--workdir=
    run: ... --build --cap-add= --cap-drop= --entrypoint= --env-from-file= --name= --no-deps
      --no-interactive!--interactive --pull= --quiet-build --quiet-pull --remove-orphans --rm
      --use-aliases -P,--service-ports -T,--no-tty,--no-TTY!--tty -d,--detach -e,--env=
      -h,--help -i,--interactive!--no-interactive -l,--label= -p,--publish= -q,--quiet
      -t,--tty!--no-tty -u,--user= -v,--volume= -w,--workdir=
    attach: --detach-keys= --index= --no-sig-proxy!--sig-proxy --no-stdin
      --sig-proxy!--no-sig-proxy -h,--help
    cp: --all --index= -L,--follow-link -a,--archive -h,--help -q,--quiet
    export: --index= -h,--help -o,--output=
    commit: --index= --no-pause!--pause -a,--author= -c,--change= -h,--help -m,--message=
      -p,--pause!--no-pause
    config: --environment --explain= --format= --hash= --images --models --networks
      --no-consistency --no-env-resolution --no-interpolate --no-normalize --no-path-resolution
      --profiles --services --variables --volumes -h,--help -o,--output= -q,--quiet
    build: --build-arg= --no-cache --pull --with-dependencies -h,--help -q,--quiet
    pull: --ignore-buildable --ignore-pull-failures --include-deps --policy= -h,--help
      -q,--quiet
    push: --ignore-push-failures --include-deps -h,--help -q,--quiet
    login: --password-stdin -h,--help -p,--password= -u,--username=
    logout: -h,--help
    version: --short -f,--format= -h,--help
    completion: -h,--help
    image ls: --digests --format= --no-trunc -a,--all -f,--filter= -h,--help -q,--quiet
    image build: --allow= --build-arg= --build-context= --iidfile= --label= --network=
      --no-cache --platform= --pull --secret= --ssh= --target= -f,--file= -h,--help -q,--quiet
      -t,--tag=
    image history: --format= --no-human!--human --no-trunc -H,--human!--no-human -h,--help
      -q,--quiet
    image import: --platform= -c,--change= -h,--help -m,--message=
    image inspect: -f,--format= -h,--help
    image load: -h,--help -i,--input= -q,--quiet
    image prune: --filter= -a,--all -f,--force -h,--help
    image pull: --platform= -h,--help -q,--quiet
    image push: -a,--all-tags -h,--help -q,--quiet
    image rm: -f,--force -h,--help
    image save: --format= -h,--help -o,--output=
    image tag: -h,--help
    volume create: --availability= --group= --label= --limit-bytes= --name= --required-bytes=
      --scope= --secret= --sharing= --topology-preferred= --topology-required= --type=
      -d,--driver= -h,--help -o,--opt=
    volume ls: --format= -f,--filter= -h,--help -q,--quiet
    volume inspect: -f,--format= -h,--help
    volume rm: -f,--force -h,--help
    volume prune: -a,--all -f,--force -h,--help
    network create: --attachable --aux-address= --config-from= --config-only --gateway=
      --ingress --internal --ip-range= --ipam-driver= --ipam-opt= --ipv4!--no-ipv4
      --ipv6!--no-ipv6 --label= --no-ipv4!--ipv4 --no-ipv6!--ipv6 --scope= --subnet=
      -d,--driver= -h,--help -o,--opt=
    network connect: --alias= --driver-opt= --gw-priority= --ip= --ip6= --link= --link-local-ip=
      -h,--help
    network disconnect: -f,--force -h,--help
    network ls: --format= --no-trunc -f,--filter= -h,--help -q,--quiet
    network inspect: -f,--format= -h,--help
    network rm: -h,--help
    network prune: -f,--force -h,--help
    container run: ... --add-host= --annotation= --cap-add= --cap-drop= --cgroupns= --cidfile=
      --cpu-period= --cpu-quota= --cpus= --cpuset-cpus= --detach-keys= --device=
      --device-cgroup-rule= --dns= --dns-option,--dns-opt= --dns-search= --domainname=
      --entrypoint= --env-file= --expose= --group-add= --health-cmd= --health-interval=
      --health-retries= --health-start-interval= --health-start-period= --health-timeout=
      --hostname= --init --ip= --ip6= --ipc= --label-file= --log-driver= --log-opt=
      --mac-address= --memory-reservation= --memory-swap= --memory-swappiness= --mount= --name=
      --network,--net= --network-alias,--net-alias= --no-healthcheck --no-sig-proxy!--sig-proxy
      --oom-kill-disable --oom-score-adj= --pid= --pids-limit= --platform= --privileged --pull=
      --read-only --restart= --rm --security-opt= --shm-size= --sig-proxy!--no-sig-proxy
      --stop-signal= --stop-timeout= --sysctl= --tmpfs= --ulimit= --userns= --uts=
      --volumes-from= -P,--publish-all -c,--cpu-shares= -d,--detach -e,--env= -h,--help
      -i,--interactive -l,--label= -m,--memory= -p,--publish= -q,--quiet -t,--tty -u,--user=
      -v,--volume= -w,--workdir=
    container create: ... --add-host= --annotation= --cap-add= --cap-drop= --cgroupns=
      --cidfile= --cpu-period= --cpu-quota= --cpus= --cpuset-cpus= --device=
      --device-cgroup-rule= --dns= --dns-option,--dns-opt= --dns-search= --domainname=
      --entrypoint= --env-file= --expose= --group-add= --health-cmd= --health-interval=
      --health-retries= --health-start-interval= --health-start-period= --health-timeout=
      --hostname= --init --ip= --ip6= --ipc= --label-file= --log-driver= --log-opt=
      --mac-address= --memory-reservation= --memory-swap= --memory-swappiness= --mount= --name=
      --network,--net= --network-alias,--net-alias= --no-healthcheck --oom-kill-disable
      --oom-score-adj= --pid= --pids-limit= --platform= --privileged --pull= --read-only
      --restart= --rm --security-opt= --shm-size= --stop-signal= --stop-timeout= --sysctl=
      --tmpfs= --ulimit= --userns= --uts= --volumes-from= -P,--publish-all -c,--cpu-shares=
      -e,--env= -h,--help -i,--interactive -l,--label= -m,--memory= -p,--publish= -q,--quiet
      -t,--tty -u,--user= -v,--volume= -w,--workdir=
    container start: -a,--attach -h,--help -i,--interactive
    container stop: -h,--help -t,--timeout=
    container restart: -h,--help -t,--timeout=
    container kill: -h,--help -s,--signal=
    container pause: -h,--help
    container unpause: -h,--help
    container rm: -f,--force -h,--help -v,--volumes
    container prune: --filter= -f,--force -h,--help
    container ls: --format= --no-trunc -a,--all -f,--filter= -h,--help -l,--latest -n,--last=
      -q,--quiet
    container inspect: -f,--format= -h,--help
    container logs: --since= --until= -f,--follow -h,--help -n,--tail= -t,--timestamps
    container top: -h,--help
    container stats: --format= --no-stream --no-trunc -a,--all -h,--help
    container port: -h,--help
    container wait: -h,--help
    container exec: ... --privileged -d,--detach -e,--env= -h,--help -i,--interactive -t,--tty
      -u,--user= -w,--workdir=
    container attach: --detach-keys= --no-sig-proxy!--sig-proxy --no-stdin
      --sig-proxy!--no-sig-proxy -h,--help
    container cp: -L,--follow-link -a,--archive -h,--help -q,--quiet
    container commit: --no-pause!--pause -a,--author= -c,--change= -h,--help -m,--message=
      -p,--pause!--no-pause
    container diff: -h,--help
    container export: -h,--help -o,--output=
    builder prune: --filter= --keep-storage,--reserved-space= -a,--all -f,--force -h,--help
    systemd install: --print -h,--help
    systemd uninstall: -h,--help
    systemd start: -h,--help
    systemd stop: -h,--help
    """
}
