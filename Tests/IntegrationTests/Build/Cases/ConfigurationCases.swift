extension BuildGroup {
  /// What only changes the configuration.
  static let configuration = BuildGroup(
    name: "configuration",
    cases: [
      BuildCase(
        "EXPOSE takes ports, kinds and ranges",
        """
        FROM busybox
        EXPOSE 80 443/tcp 53/udp 9/SCTP
        EXPOSE 8000-8002 9000-9001/udp 80
        """,
        facts: [
          "ExposedPorts 80/tcp", "ExposedPorts 443/tcp", "ExposedPorts 53/udp",
          "ExposedPorts 9/sctp", "ExposedPorts 8001/tcp", "ExposedPorts 9001/udp",
        ],
        peer: .except(
          ["ExposedPorts 8", "ExposedPorts 9"],
          because: "Docker counts ranges out and writes kinds small, buildah keeps the words")),
      BuildCase(
        "VOLUME takes words or an array, and adds to those of the base",
        """
        FROM prior
        VOLUME ["/b", "/c d"]
        VOLUME /e /f
        """, prior: "FROM busybox\nVOLUME /a\n",
        facts: ["Volumes /a", "Volumes /b", "Volumes /c d", "Volumes /e", "Volumes /f", "no /e"],
        peer: .except(
          ["/a ", "/e ", "/f "], because: "buildah makes the directories of volumes, Docker not")),
      BuildCase(
        "WORKDIR counts from the one before and is made",
        """
        FROM busybox
        WORKDIR /a/b
        WORKDIR c
        WORKDIR ../d/
        RUN pwd > out
        """,
        facts: [
          "WorkingDir /a/b/d", "/a directory 755 0:0", "/a/b/c directory 755 0:0",
          #"/a/b/d/out file 644 0:0 "/a/b/d\n""#,
        ]),
      BuildCase(
        "WORKDIR below another user belongs to that user",
        """
        FROM busybox
        USER app
        WORKDIR /made/for/app
        USER 1234:99
        WORKDIR /made/for/number
        WORKDIR /tmp
        """,
        facts: [
          "/made/for/app directory 755 1000:1000", "/made/for/number directory 755 1234:99",
          "/tmp directory 1777 0:0",
        ]),
      BuildCase(
        "ENTRYPOINT drops the command of the base",
        """
        FROM prior
        ENTRYPOINT ["/entry"]
        """, prior: "FROM busybox\nCMD [\"base\"]\n", facts: [#"Entrypoint ["/entry"]"#]),
      BuildCase(
        "ENTRYPOINT leaves a command of its own Dockerfile alone",
        """
        FROM busybox
        CMD first
        CMD ["second", "argument"]
        ENTRYPOINT exec top -b
        """,
        facts: [
          #"Entrypoint ["/bin/sh","-c","exec top -b"]"#, #"Cmd ["second","argument"]"#,
        ]),
      BuildCase(
        "empty arrays take entry point and command away",
        """
        FROM prior
        ENTRYPOINT []
        CMD []
        """, prior: "FROM busybox\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\n"),
      BuildCase(
        "SHELL is for the shell forms that follow",
        """
        FROM busybox
        CMD before
        SHELL ["/bin/sh", "-e", "-c"]
        RUN echo "$-" > /flags
        ENTRYPOINT after
        HEALTHCHECK CMD check
        """,
        facts: [
          #"Shell ["/bin/sh","-e","-c"]"#, #"Entrypoint ["/bin/sh","-e","-c","after"]"#,
          #"Cmd ["/bin/sh","-c","before"]"#, #"/flags file 644 0:0 "ce\n""#,
        ],
        peer: .except(["Entrypoint "], because: "buildah takes /bin/sh -c for ENTRYPOINT")),
      BuildCase(
        "HEALTHCHECK has times and tries",
        #"""
        FROM busybox
        HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h --retries=7 \
          CMD wget -q http://localhost/ || exit 1
        """#,
        facts: [
          #"Healthcheck.Test ["CMD-SHELL","wget -q http://localhost/ || exit 1"]"#,
          "Healthcheck.Interval 90000000000", "Healthcheck.Timeout 500000000",
          "Healthcheck.StartPeriod 7200000000000", "Healthcheck.Retries 7",
        ]),
      BuildCase(
        "HEALTHCHECK knows the interval of the start",
        """
        FROM busybox
        HEALTHCHECK --start-interval=2s CMD ["true", "a b"]
        """,
        facts: [
          #"Healthcheck.Test ["CMD","true","a b"]"#, "Healthcheck.StartInterval 2000000000",
        ], peer: .absent(because: "buildah 1.28 does not know --start-interval")),
      BuildCase(
        "HEALTHCHECK NONE takes that of the base away",
        """
        FROM prior
        HEALTHCHECK NONE
        """, prior: "FROM busybox\nHEALTHCHECK CMD true\n", facts: [#"Healthcheck.Test ["NONE"]"#]),
      BuildCase(
        "LABEL has quotes and replaces labels of the base",
        #"""
        FROM prior
        LABEL "com.example.vendor"="ACME Inc" version="2" multi="one \
        two" other='single $quoted'
        LABEL old form of a label
        """#, prior: "FROM busybox\nLABEL version=1 kept=yes\n",
        facts: [
          "Label com.example.vendor=ACME Inc", "Label version=2", "Label kept=yes",
          "Label multi=one two", "Label other=single $quoted", "Label old=form of a label",
        ]),
      BuildCase(
        "labels of the command line are added",
        "FROM busybox\nLABEL a=1\n", options: ["--label", "b=2", "--label", "a=3"],
        facts: ["Label a=3", "Label b=2"]),
      BuildCase(
        "USER and STOPSIGNAL take names and numbers",
        """
        FROM busybox
        USER app:extra
        RUN id -u > /tmp/user; id -g > /tmp/group
        STOPSIGNAL 9
        USER 1234
        RUN id -u > /tmp/number
        """,
        facts: [
          #"/tmp/user file 644 1000:2000 "1000\n""#, #"/tmp/group file 644 1000:2000 "2000\n""#,
          #"/tmp/number file 644 1234:0 "1234\n""#, "User 1234", "StopSignal 9",
        ]),
      BuildCase(
        "MAINTAINER is the author",
        "FROM busybox\nMAINTAINER Somebody <s@example.org>\n",
        facts: ["Author Somebody <s@example.org>"]),
      BuildCase(
        "triggers of the base run first, and only once",
        """
        FROM prior
        RUN cat /from-trigger > /after
        """, setup: "echo trigger > t.txt",
        prior: """
          FROM busybox
          ONBUILD COPY t.txt /from-trigger
          ONBUILD RUN echo ran > /ran
          ONBUILD ENV TRIGGERED=yes
          RUN echo base > /base
          """,
        facts: [
          #"/after file 644 0:0 "trigger\n""#, #"/ran file 644 0:0 "ran\n""#, "Env TRIGGERED=yes",
        ]),
      BuildCase(
        "triggers are kept as they are written",
        #"""
        FROM busybox
        ONBUILD RUN echo "a   b"
        onbuild   copy . /app
        """#, facts: [#"OnBuild RUN echo "a   b""#, "OnBuild copy . /app"]),
      BuildCase(
        "an image from nothing gets a PATH only",
        "FROM scratch\nCOPY a /\nENV B=1\n", setup: "echo a > a",
        facts: [
          #"/a file 644 0:0 "a\n""#, "Env B=1",
          "Env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]),
    ])
}
