extension BuildGroup {
  private static let tree = """
    mkdir -p t/sub/deep; echo a > t/a; echo b > t/sub/b; ln t/a t/hard; ln -s a t/soft
    chmod 750 t/sub; chmod 4755 t/a; chown 12:34 t/sub/b
    """

  /// Archives that ADD unpacks.
  static let archives = BuildGroup(
    name: "archives",
    cases: [
      BuildCase(
        "ADD unpacks tars of every compression",
        """
        FROM busybox
        ADD plain.tar /plain
        ADD t.tar.gz /gzip/
        ADD t.tar.bz2 /bzip2/
        ADD t.tar.xz /xz/
        """,
        setup: tree
          + "; tar -C t -cf plain.tar .; tar -C t -czf t.tar.gz .; tar -C t -cjf t.tar.bz2 ."
          + "; tar -C t -cJf t.tar.xz .",
        facts: [
          #"/plain/a file 4755 0:0 "a\n""#, "/plain/hard same as /plain/a",
          "/gzip/soft link 777 0:0 -> a", "/bzip2/sub directory 750 0:0",
          #"/xz/sub/b file 644 12:34 "b\n""#,
        ]),
      BuildCase(
        "ADD unpacks zstd, whatever the file is called",
        "FROM busybox\nADD data.bin /zstd/\n",
        setup: tree + "; tar -C t -c . | zstd -q > data.bin",
        facts: [#"/zstd/sub/b file 644 12:34 "b\n""#]),
      BuildCase(
        "what is no archive is copied, and COPY unpacks nothing",
        """
        FROM busybox
        ADD notes.tar /notes/
        ADD text.gz /text/
        COPY plain.tar /copied/
        ADD inner /inner/
        ADD --chown=5:6 notes.tar /owned
        """,
        setup: tree + """
          ; echo no archive > notes.tar; echo text | gzip -n > text.gz; tar -C t -cf plain.tar .
          mkdir inner; cp plain.tar inner
          """,
        facts: [
          #"/notes/notes.tar file 644 0:0 "no archive\n""#,
          #"/owned file 644 5:6 "no archive\n""#, "no /copied/a", "no /inner/a",
        ]),
      BuildCase(
        "links and directories in an archive fit what is there",
        """
        FROM busybox
        RUN mkdir -p /x/sub /elsewhere && echo old > /x/a && ln -s /elsewhere /x/out
        ADD t.tar /x
        """,
        setup: tree + "; mkdir t/out; echo o > t/out/o; tar -C t -cf t.tar .",
        facts: [
          #"/x/a file 4755 0:0 "a\n""#, "/x/hard same as /x/a", "/x/sub directory 750 0:0",
        ]),
      BuildCase(
        "several archives and files at once",
        "FROM busybox\nADD t*.tar a /all/\n",
        setup: tree + "; tar -C t -cf t1.tar a soft; tar -C t -cf t2.tar sub; echo plain > a",
        facts: [#"/all/sub/b file 644 12:34 "b\n""#, #"/all/a file 644 0:0 "plain\n""#]),
      BuildCase(
        "--unpack=false leaves archives whole",
        "FROM busybox\nADD --unpack=false t.tar /x/\nADD --unpack=true t.tar /y/\n",
        setup: tree + "; tar -C t -cf t.tar .",
        facts: ["no /x/a", #"/y/a file 4755 0:0 "a\n""#],
        peer: .absent(because: "buildah 1.28 does not know --unpack")),
      BuildCase(
        "--chown is for what comes out of an archive too",
        "FROM busybox\nADD --chown=5:6 t.tar /x/\n", setup: tree + "; tar -C t -cf t.tar .",
        facts: [#"/x/sub/b file 644 5:6 "b\n""#, #"/x/a file 4755 5:6 "a\n""#],
        peer: .except(["/x"], because: "buildah leaves the owners of the archive")),
    ])

  /// What .dockerignore leaves out.
  static let ignores = BuildGroup(
    name: "ignores",
    cases: [
      BuildCase(
        "patterns, exceptions and comments",
        "FROM busybox\nCOPY . /x/\n",
        setup: """
          mkdir -p a/b/c keep/in node_modules/m; touch a/1.log a/b/2.log a/b/c/3.txt keep/x.log
          touch keep/in/y.log top.log z.md README.md node_modules/m/i.js temp1 tempA
          printf '%s\\n' '# comment' '**/*.log' '!keep/**' '/a/b/c' 'node_modules/' '*.md' \\
            '!README.md' 'temp?' '' ' spaced ' Dockerfile .dockerignore > .dockerignore
          """,
        facts: [
          "no /x/a/1.log", "no /x/a/b/2.log", "no /x/a/b/c", "no /x/top.log", "no /x/z.md",
          "no /x/node_modules", "no /x/temp1", "no /x/Dockerfile",
          #"/x/keep/in/y.log file 644 0:0 """#, #"/x/README.md file 644 0:0 """#,
        ]),
      BuildCase(
        "everything is left out but what is named",
        "FROM busybox\nCOPY . /x/\nCOPY src/main.c /y/\n",
        setup: """
          mkdir -p src/lib docs; touch src/main.c src/lib/a.c docs/d other
          printf '%s\\n' '*' '!src' 'src/lib' > .dockerignore
          """,
        facts: [
          #"/x/src/main.c file 644 0:0 """#, "no /x/src/lib", "no /x/docs", "no /x/other",
          #"/y/main.c file 644 0:0 """#,
        ]),
      BuildCase(
        "an exception below a directory that is left out",
        "FROM busybox\nCOPY . /x/\n",
        setup: """
          mkdir -p a/b/c; chmod 750 a/b; touch a/1 a/b/2 a/b/c/3 a/b/c/4
          printf '%s\\n' a '!a/b/c/3' Dockerfile > .dockerignore
          """,
        facts: [#"/x/a/b/c/3 file 644 0:0 """#, "no /x/a/1", "no /x/a/b/2", "no /x/a/b/c/4"],
        peer: .except(["/x/a/b directory"], because: "the directories are only on the way there")),
      BuildCase(
        "rules of a Dockerfile's own",
        "FROM busybox\nCOPY . /x/\n",
        setup: "touch a b; echo a > .dockerignore; echo b > Dockerfile.dockerignore",
        facts: [#"/x/a file 644 0:0 """#, "no /x/b"]),
      BuildCase(
        "later rules win, and blanks around them are dropped",
        "FROM busybox\nCOPY . /x/\n",
        setup: """
          touch one.txt two.txt three.txt
          printf '%s\\n' '*.txt' '! one.txt ' '  two.txt' '!two.txt' './three.txt' 'x/../one.txt' \\
            > .dockerignore
          """, facts: ["no /x/one.txt", #"/x/two.txt file 644 0:0 """#, "no /x/three.txt"]),
    ])

  /// How stages hang together.
  static let stages = BuildGroup(
    name: "stages",
    cases: [
      BuildCase(
        "a stage on top of another, copying from both",
        """
        FROM busybox AS Base
        ENV A=1
        RUN echo base > /base
        FROM base AS middle
        RUN echo middle > /middle && echo changed > /base
        FROM busybox
        COPY --from=middle /base /middle /from/
        COPY --from=BASE /base /original
        COPY --from=0 /base /zero
        """,
        facts: [
          #"/from/base file 644 0:0 "changed\n""#, #"/original file 644 0:0 "base\n""#,
          #"/zero file 644 0:0 "base\n""#, "no /base",
        ], peer: .absent(because: "buildah 1.28 looks for the name in capitals as an image")),
      BuildCase(
        "the target is built, and what it does not need is not",
        """
        FROM busybox AS broken
        RUN exit 1
        FROM busybox AS wanted
        RUN echo yes > /wanted
        FROM broken
        """, options: ["--target", "wanted"], facts: [#"/wanted file 644 0:0 "yes\n""#]),
      BuildCase(
        "a target by its number",
        "FROM busybox\nLABEL stage=0\nFROM busybox\nLABEL stage=1\n",
        options: ["--target", "0"], facts: ["Label stage=0"]),
      BuildCase(
        "only what is copied comes into an image from nothing",
        """
        FROM busybox AS build
        RUN mkdir -p /out/bin && cp /bin/busybox /out/bin/sh
        FROM scratch
        COPY --from=build /out/ /
        COPY --from=build --chown=3:4 /etc/passwd /etc/
        USER app
        CMD ["/bin/sh"]
        """,
        facts: ["/bin directory 755 0:0", "User app", "no /out"]),
      BuildCase(
        "another directory by its name",
        """
        FROM busybox
        COPY --from=other b.txt /b
        COPY a.txt /a
        """, setup: "echo a > a.txt; mkdir other; echo b > other/b.txt",
        options: ["--build-context", "other=./other"],
        facts: [#"/a file 644 0:0 "a\n""#, #"/b file 644 0:0 "b\n""#]),
      BuildCase(
        "a name given stands for an image",
        """
        FROM base
        COPY --from=base /etc/group /g
        """, options: ["--build-context", "base=docker-image://busybox"],
        facts: [#"Cmd ["sh"]"#, #"/g file 644 0:0 "root:x:0:\napp:x:1000:\nextra:x:2000:app\n""#]),
      BuildCase(
        "the configuration of the base is taken over",
        """
        FROM prior
        ENV B=2
        """,
        prior: """
          FROM busybox
          ENV A=1
          LABEL l=1
          EXPOSE 1
          VOLUME /v
          WORKDIR /w
          USER app
          ENTRYPOINT ["e"]
          CMD ["c"]
          STOPSIGNAL SIGQUIT
          SHELL ["/bin/sh", "-ec"]
          HEALTHCHECK CMD true
          """,
        facts: [
          "Env A=1", "Env B=2", "Label l=1", "ExposedPorts 1/tcp", "Volumes /v", "WorkingDir /w",
          "User app", #"Entrypoint ["e"]"#, #"Cmd ["c"]"#, "StopSignal SIGQUIT",
          #"Shell ["/bin/sh","-ec"]"#,
        ]),
    ])
}
