extension BuildGroup {
  /// What commands do to files.
  static let runs = BuildGroup(
    name: "runs",
    cases: [
      BuildCase(
        "commands in both forms",
        #"""
        FROM busybox
        RUN echo shell | tr a-z A-Z > /shell
        RUN ["/bin/sh", "-c", "echo exec > /exec"]
        RUN touch /c-$(echo d)
        RUN a=1; b=2; \
            echo "$a$b" > /several
        """#,
        facts: [
          #"/shell file 644 0:0 "SHELL\n""#, #"/exec file 644 0:0 "exec\n""#,
          #"/c-d file 644 0:0 """#, #"/several file 644 0:0 "12\n""#,
        ]),
      BuildCase(
        "what is removed is gone, and what replaces it is seen",
        #"""
        FROM busybox
        RUN mkdir -p /d/inner /e/inner /f && touch /d/a /d/inner/b /e/a /f/a /file
        RUN rm -r /d && rm -r /e && mkdir /e && touch /e/new && rm /file /f/a
        RUN rm -r /e && echo now a file > /e && mkdir /file && rmdir /f
        """#,
        facts: [
          "no /d", "no /d/a", "no /e/a", "no /e/new", "no /f", "no /f/a",
          #"/e file 644 0:0 "now a file\n""#, "/file directory 755 0:0",
        ]),
      BuildCase(
        "a removed directory can come back in the next step",
        #"""
        FROM busybox
        RUN mkdir -p /d/x && touch /d/old /d/x/old
        RUN rm -rf /d
        RUN mkdir /d && touch /d/new
        RUN mkdir /d/x
        """#, facts: ["no /d/old", "no /d/x/old", #"/d/new file 644 0:0 """#]),
      BuildCase(
        "owners, modes and special bits",
        #"""
        FROM busybox
        RUN mkdir /o && touch /o/a /o/b && chown 12:34 /o/a && chmod 4755 /o/a && chmod 2750 /o
        RUN chown app:extra /o/b && chmod 0 /o/b && mkdir -m 1777 /o/sticky && umask 077 && touch /o/c
        """#,
        facts: [
          #"/o/a file 4755 12:34 """#, #"/o/b file 0 1000:2000 """#,
          "/o/sticky directory 1777 0:0", "/o directory 2750 0:0", #"/o/c file 600 0:0 """#,
        ]),
      BuildCase(
        "links of both kinds",
        #"""
        FROM busybox
        RUN mkdir /l && echo a > /l/a && ln /l/a /l/b && ln -s a /l/c && ln -s /nowhere /l/d
        RUN ln -s l /m && echo through > /m/e
        """#,
        facts: [
          "/l/b same as /l/a", "/l/c link 777 0:0 -> a",
          "/l/d link 777 0:0 -> /nowhere", #"/l/e file 644 0:0 "through\n""#,
        ]),
      BuildCase(
        "pipes, and files with holes",
        #"""
        FROM busybox
        RUN mkfifo -m 620 /pipe && truncate -s 5000000 /sparse && echo end >> /sparse
        """#, facts: ["/pipe pipe 620 0:0"]),
      BuildCase(
        "directories of the base that only their mode changes",
        #"""
        FROM busybox
        RUN chmod 700 /root && chown app /var && mv /etc/group /etc/group2 && mv /tmp /tmp2
        """#,
        facts: [
          "/root directory 700 0:0", "/var directory 755 1000:0", "no /etc/group", "no /tmp",
          "/tmp2 directory 1777 0:0",
        ]),
      BuildCase(
        "a command runs as its user, in its directory, with its home",
        #"""
        FROM busybox
        WORKDIR /job
        RUN echo "$(pwd) $HOME $(id -un)" > /a
        USER app
        WORKDIR /tmp
        RUN echo "$(pwd) $HOME $(id -un)" > a
        """#,
        facts: [
          #"/a file 644 0:0 "/job /root root\n""#, #"/tmp/a file 644 1000:1000 "/tmp /tmp app\n""#,
        ]),
      BuildCase(
        "what is written to a volume stays",
        #"""
        FROM busybox
        VOLUME /data
        RUN mkdir -p /data && echo a > /data/a
        """#, facts: [#"/data/a file 644 0:0 "a\n""#],
        peer: .except(["/data"], because: "buildah drops it, as the classic builder did")),
      BuildCase(
        "a command without a network has the loopback only",
        #"""
        FROM busybox
        RUN --network=none ls /sys/class/net > /out
        """#, facts: [#"/out file 644 0:0 "lo\n""#],
        peer: .absent(because: "buildah 1.28 does not know --network")),
      BuildCase(
        "many steps in a row",
        "FROM busybox\n" + (1...12).map { "RUN echo \($0) > /f\($0)\n" }.joined(),
        facts: [#"/f1 file 644 0:0 "1\n""#, #"/f12 file 644 0:0 "12\n""#]),
    ])

  /// What is mounted for one command.
  static let mounts = BuildGroup(
    name: "mounts",
    cases: [
      BuildCase(
        "a bind mount shows the context and leaves nothing",
        #"""
        FROM busybox
        RUN --mount=type=bind,target=/m cp /m/a.txt /copied && ls /m/d > /names
        RUN --mount=type=bind,target=/one/deep,source=d cat /one/deep/b.txt > /read
        """#, setup: "echo a > a.txt; mkdir d; echo b > d/b.txt",
        facts: [
          #"/copied file 644 0:0 "a\n""#, #"/names file 644 0:0 "b.txt\n""#,
          #"/read file 644 0:0 "b\n""#, "no /m", "no /one",
        ], peer: .except(["/m ", "/one"], because: "buildah leaves the mount points")),
      BuildCase(
        "a bind mount of one file, and what .dockerignore hides",
        #"""
        FROM busybox
        RUN --mount=target=/f,source=d/b.txt --mount=target=/m cat /f > /read; ls /m >> /read
        """#, setup: "mkdir d; echo b > d/b.txt; echo no > no; echo no > .dockerignore",
        facts: [#"/read file 644 0:0 "b\nDockerfile\nd\n""#, "no /f"],
        peer: .except(["/read "], because: "buildah 1.28 shows what .dockerignore leaves out")),
      BuildCase(
        "a bind mount of a stage and of an image",
        #"""
        FROM busybox AS made
        RUN mkdir /out && echo made > /out/a && ln -s a /out/l
        FROM busybox
        RUN --mount=from=made,source=/out,target=/mnt cat /mnt/a /mnt/l > /a
        RUN --mount=from=busybox,target=/mnt head -n 1 /mnt/etc/passwd > /b
        """#,
        facts: [
          #"/a file 644 0:0 "made\nmade\n""#,
          #"/b file 644 0:0 "root:x:0:0:root:/root:/bin/sh\n""#, "no /mnt",
        ]),
      BuildCase(
        "what is written to a bind mount is dropped",
        #"""
        FROM busybox AS made
        RUN mkdir /out && echo old > /out/a
        FROM busybox
        RUN --mount=target=/m,rw echo new > /m/a.txt && cat /m/a.txt > /seen
        RUN --mount=target=/m cat /m/a.txt > /after
        RUN --mount=from=made,source=/out,target=/m,rw echo new > /m/a && cat /m/a > /made
        COPY --from=made /out/a /still
        """#, setup: "echo old > a.txt",
        facts: [
          #"/seen file 644 0:0 "new\n""#, #"/after file 644 0:0 "old\n""#,
          #"/made file 644 0:0 "new\n""#, #"/still file 644 0:0 "old\n""#,
        ], peer: .absent(because: "buildah 1.28 writes to the context itself")),
      BuildCase(
        "a bind mount cannot be written to when nothing else is said",
        #"""
        FROM busybox
        RUN --mount=target=/m ! touch /m/x 2>/dev/null && echo refused > /out
        """#, facts: [#"/out file 644 0:0 "refused\n""#]),
      BuildCase(
        "a cache is kept from step to step and is not part of the image",
        #"""
        FROM busybox
        RUN --mount=type=cache,target=/cache,id=one echo 1 > /cache/a
        RUN --mount=type=cache,target=/other,id=one,uid=1000,mode=0700 cat /other/a > /out
        RUN --mount=type=cache,target=/new,uid=1000,gid=2000,mode=0750 \
          stat -c '%u:%g %a' /new > /owner
        RUN --mount=type=cache,target=/cache,id=one,sharing=locked cat /cache/a >> /out
        RUN --mount=type=cache,target=/cache,id=one,readonly cat /cache/a >> /out
        """#,
        facts: [
          #"/out file 644 0:0 "1\n1\n1\n""#, #"/owner file 644 0:0 "1000:2000 750\n""#,
          "no /cache", "no /new",
        ], peer: .absent(because: "buildah 1.28 leaves its caches in the machine's /var/tmp")),
      BuildCase(
        "a cache begins with what a stage has",
        #"""
        FROM busybox AS seed
        RUN mkdir /seed && echo seeded > /seed/a
        FROM busybox
        RUN --mount=type=cache,target=/cache,id=seeded,from=seed,source=/seed cat /cache/a > /out
        """#, facts: [#"/out file 644 0:0 "seeded\n""#],
        peer: .absent(because: "buildah 1.28 leaves its caches in the machine's /var/tmp")),
      BuildCase(
        "memory is empty and gone afterwards",
        #"""
        FROM busybox
        RUN mkdir /t && echo below > /t/below
        RUN --mount=type=tmpfs,target=/t,size=1m ls /t > /out && echo x > /t/x
        """#,
        facts: [#"/out file 644 0:0 """#, #"/t/below file 644 0:0 "below\n""#, "no /t/x"],
        peer: .absent(because: "buildah 1.28 does not know size=")),
      BuildCase(
        "secrets are files or variables, and leave nothing",
        #"""
        FROM busybox
        RUN --mount=type=secret,id=token cat /run/secrets/token > /a
        RUN --mount=type=secret,id=token,target=/etc/token,uid=1000,gid=2000,mode=0440 \
          stat -c '%u:%g %a' /etc/token > /b
        RUN --mount=type=secret,id=missing test ! -e /run/secrets/missing && echo optional > /c
        """#, setup: "printf hush > token.txt", options: ["--secret", "id=token,src=token.txt"],
        facts: [
          #"/a file 644 0:0 "hush""#, #"/b file 644 0:0 "1000:2000 440\n""#,
          #"/c file 644 0:0 "optional\n""#, "no /etc/token", "no /run/secrets",
        ], peer: .except(["/run/secrets "], because: "buildah leaves the mount points")),
      BuildCase(
        "a secret can be a variable",
        #"""
        FROM busybox
        RUN --mount=type=secret,id=token,env=TOKEN echo "$TOKEN" > /a
        RUN echo "<$TOKEN>" > /b
        """#, options: ["--secret", "id=token,env=FROM_ENVIRONMENT"],
        environment: ["FROM_ENVIRONMENT=hush"],
        facts: [#"/a file 644 0:0 "hush\n""#, #"/b file 644 0:0 "<>\n""#],
        peer: .absent(because: "buildah 1.28 does not know env=")),
      BuildCase(
        "variables stand for parts of a mount",
        #"""
        FROM busybox
        ARG WHERE=/m
        ENV WHAT=a.txt
        RUN --mount=type=bind,source=${WHAT},target=${WHERE}/x cat /m/x > /out
        """#, setup: "echo a > a.txt", facts: [#"/out file 644 0:0 "a\n""#],
        peer: .except(["/m "], because: "buildah leaves the mount points")),
    ])
}
