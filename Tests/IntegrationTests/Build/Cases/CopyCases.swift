extension BuildGroup {
  private static let files = """
    echo a > a.txt; echo b > b.txt; echo c > c.md; mkdir -p d/e/f g; echo 1 > d/1.txt
    echo 2 > d/e/2.txt; echo 3 > d/e/f/3.md; chmod 755 a.txt; chmod 700 g; ln -s a.txt link
    ln -s d dirlink; ln -s /nowhere d/dangling
    """

  /// Where copies go, and whose they are.
  static let copies = BuildGroup(
    name: "copies",
    cases: [
      BuildCase(
        "files go into directories that the destination names",
        """
        FROM busybox
        COPY a.txt /file
        COPY a.txt /dir/
        COPY a.txt b.txt /several/
        COPY a.txt relative
        WORKDIR /w
        COPY a.txt b.txt ./
        COPY a.txt .
        COPY a.txt sub/x
        COPY a.txt /etc
        ADD b.txt ../up.txt
        """, setup: files,
        facts: [
          #"/file file 755 0:0 "a\n""#, #"/dir/a.txt file 755 0:0 "a\n""#,
          #"/several/b.txt file 644 0:0 "b\n""#, #"/relative file 755 0:0 "a\n""#,
          #"/w/a.txt file 755 0:0 "a\n""#, #"/w/sub/x file 755 0:0 "a\n""#,
          #"/etc/a.txt file 755 0:0 "a\n""#, #"/up.txt file 644 0:0 "b\n""#,
          "/several directory 755 0:0",
        ]),
      BuildCase(
        "the content of a directory goes, not the directory",
        """
        FROM busybox
        COPY d /x
        COPY d/ /y/
        COPY d g /z/
        COPY d/e /var
        COPY . /all/
        """, setup: files,
        facts: [
          #"/x/1.txt file 644 0:0 "1\n""#, #"/y/e/f/3.md file 644 0:0 "3\n""#,
          #"/z/1.txt file 644 0:0 "1\n""#, "no /z/d", "no /z/g",
          #"/var/2.txt file 644 0:0 "2\n""#, "/all/g directory 700 0:0",
          "/all/link link 777 0:0 -> a.txt", "/all/dirlink link 777 0:0 -> d",
          "/x/dangling link 777 0:0 -> /nowhere",
        ]),
      BuildCase(
        "patterns",
        """
        FROM busybox
        COPY *.txt /txt/
        COPY [ab].* /set/
        COPY ?.md /question/
        COPY d/*/2* /deep/
        COPY d* /dirs/
        COPY [^a].txt /not/
        ADD g*/../a.txt /up/
        """, setup: files,
        facts: [
          #"/txt/a.txt file 755 0:0 "a\n""#, #"/set/b.txt file 644 0:0 "b\n""#,
          #"/question/c.md file 644 0:0 "c\n""#, #"/deep/2.txt file 644 0:0 "2\n""#,
          #"/dirs/1.txt file 644 0:0 "1\n""#, #"/not/b.txt file 644 0:0 "b\n""#, "no /not/a.txt",
        ]),
      BuildCase(
        "patterns that match nothing",
        """
        FROM busybox
        COPY a.txt *.lock d/none* ./some/
        COPY --from=busybox /etc/passwd /etc/nosuch* /from/
        COPY nothing* /nothing/
        """, setup: files,
        facts: [
          #"/some/a.txt file 755 0:0 "a\n""#, "no /nothing", "/from directory 755 0:0",
        ], peer: .absent(because: "buildah refuses them, BuildKit does not")),
      BuildCase(
        "--chown takes names and numbers",
        """
        FROM busybox
        COPY --chown=app a.txt /1
        COPY --chown=app:extra a.txt /2
        COPY --chown=7:8 a.txt /3
        COPY --chown=7 a.txt /4
        COPY --chown=app:9 d /5/new/
        ADD --chown=:extra a.txt /6
        ARG OWNER=app
        COPY --chown=$OWNER a.txt /7
        """, setup: files,
        facts: [
          #"/1 file 755 1000:1000 "a\n""#, #"/2 file 755 1000:2000 "a\n""#,
          #"/3 file 755 7:8 "a\n""#, #"/4 file 755 7:7 "a\n""#, "/5/new directory 755 1000:9",
          #"/5/new/1.txt file 644 1000:9 "1\n""#, "/5 directory 755 1000:9",
          #"/7 file 755 1000:1000 "a\n""#,
        ]),
      BuildCase(
        "--chmod is for files and directories",
        """
        FROM busybox
        COPY --chmod=640 a.txt /1
        COPY --chmod=0711 d /2
        ADD --chmod=4755 b.txt /3
        """, setup: "echo a > a.txt; echo b > b.txt; mkdir -p d/e; echo c > d/e/c",
        facts: [
          #"/1 file 640 0:0 "a\n""#, #"/3 file 4755 0:0 "b\n""#, #"/2/e/c file 711 0:0 "c\n""#,
          "/2/e directory 711 0:0", "/2 directory 711 0:0",
        ],
        peer: .except(
          ["/2 directory"], because: "BuildKit counts the directory itself, buildah does not")),
      BuildCase(
        "--chmod takes letters and variables",
        """
        FROM busybox
        ARG MODE=600
        COPY --chmod=$MODE a.txt /1
        COPY --chmod=u=rwX,go=rX d /2
        COPY --chmod=g+w,o-r a.txt /3
        COPY --chmod=a+x b.txt /4
        """, setup: files + "; chmod 700 d/e; chmod 600 d/1.txt",
        facts: [
          #"/1 file 600 0:0 "a\n""#, "/2/e directory 755 0:0", #"/2/1.txt file 644 0:0 "1\n""#,
          #"/3 file 771 0:0 "a\n""#, #"/4 file 755 0:0 "b\n""#,
        ], peer: .absent(because: "buildah 1.28 takes octal numbers only")),
      BuildCase(
        "--link copies without looking at what is below",
        """
        FROM busybox
        COPY --link a.txt /linked/a.txt
        COPY --link --chown=12:34 d /linked/d/
        ADD --link b.txt /var/
        """, setup: files,
        facts: [
          #"/linked/a.txt file 755 0:0 "a\n""#, #"/linked/d/e/2.txt file 644 12:34 "2\n""#,
          #"/var/b.txt file 644 0:0 "b\n""#,
        ], peer: .absent(because: "buildah 1.28 does not know --link")),
      BuildCase(
        "--parents keeps the directories of the source",
        """
        FROM busybox
        COPY --parents d/e/2.txt a.txt /p/
        COPY --parents d/*/*.txt /q/
        COPY --parents d/./e/f /r/
        COPY --parents **/*.md /s/
        """, setup: files,
        facts: [
          #"/p/d/e/2.txt file 644 0:0 "2\n""#, #"/p/a.txt file 755 0:0 "a\n""#,
          #"/q/d/e/2.txt file 644 0:0 "2\n""#, #"/r/e/f/3.md file 644 0:0 "3\n""#, "no /r/d",
          #"/s/c.md file 644 0:0 "c\n""#, #"/s/d/e/f/3.md file 644 0:0 "3\n""#,
        ], peer: .absent(because: "buildah 1.28 does not know --parents")),
      BuildCase(
        "--exclude leaves files out",
        """
        FROM busybox
        COPY --exclude=*.md --exclude=d/e . /x/
        COPY --exclude=**/*.txt d /y/
        COPY --exclude=b* *.txt /z/
        """, setup: files,
        facts: [
          "no /x/c.md", "no /x/d/e", #"/x/d/1.txt file 644 0:0 "1\n""#, "no /y/1.txt",
          "no /y/e/2.txt", #"/y/e/f/3.md file 644 0:0 "3\n""#, "no /z/b.txt",
          #"/z/a.txt file 755 0:0 "a\n""#,
        ], peer: .absent(because: "buildah 1.28 does not know --exclude")),
      BuildCase(
        "names with blanks and signs need an array",
        #"""
        FROM busybox
        COPY ["with blank", "a&b", "/x y/"]
        COPY a[[]b].txt /x/
        COPY ["-dash", "#hash", "/signs/"]
        """#,
        setup:
          #"echo 1 > 'with blank'; echo 2 > 'a&b'; echo 3 > 'a[b].txt'; echo 4 > ./-dash; echo 5 > '#hash'"#,
        facts: [
          #"/x y/with blank file 644 0:0 "1\n""#, #"/x/a[b].txt file 644 0:0 "3\n""#,
          #"/signs/#hash file 644 0:0 "5\n""#,
        ], peer: .absent(because: "buildah 1.28 takes the brackets away before it looks")),
    ])

  /// What copies do to what is there.
  static let trees = BuildGroup(
    name: "trees",
    cases: [
      BuildCase(
        "directories that are there keep their owner and mode",
        """
        FROM busybox
        RUN mkdir -m 700 /old && chown app /old && mkdir -m 711 /old/e && echo kept > /old/kept
        COPY d /old
        COPY --chown=12:34 --chmod=640 a.txt /old/
        """, setup: files,
        facts: [
          "/old directory 700 1000:0", "/old/e directory 755 0:0",
          #"/old/kept file 644 0:0 "kept\n""#, #"/old/a.txt file 640 12:34 "a\n""#,
        ]),
      BuildCase(
        "files replace files and links, and follow links to directories",
        """
        FROM busybox
        RUN mkdir -p /real /other && ln -s real /tolink && ln -s /other/file /filelink \\
            && echo old > /other/file && echo old > /real/a.txt
        COPY a.txt /tolink/
        COPY d /tolink
        """, setup: files,
        facts: [
          "/tolink link 777 0:0 -> real", #"/real/a.txt file 755 0:0 "a\n""#,
          #"/real/e/2.txt file 644 0:0 "2\n""#, #"/other/file file 644 0:0 "old\n""#,
        ]),
      BuildCase(
        "links as sources are followed, links in directories stay",
        """
        FROM busybox
        COPY link /1
        COPY dirlink /2/
        COPY dirlink/1.txt /3
        COPY l*k /4/
        """, setup: files,
        facts: [
          #"/1 file 755 0:0 "a\n""#, #"/2/1.txt file 644 0:0 "1\n""#,
          #"/3 file 644 0:0 "1\n""#, "/2/dangling link 777 0:0 -> /nowhere",
        ]),
      BuildCase(
        "owners, modes, links and attributes come along from a stage",
        #"""
        FROM busybox AS made
        RUN mkdir -p /t/sub /t/empty && cd /t && echo a > a && chown 5:6 a && chmod 4711 a
        RUN cd /t && ln a hard && ln -s a soft && chmod 1777 sub && chown app:extra sub empty
        FROM busybox
        COPY --from=made /t /copy
        COPY --from=0 --chown=9:9 /t/a /t/sub /renamed/
        COPY --from=busybox /etc/passwd /p
        """#,
        facts: [
          #"/copy/a file 4711 5:6 "a\n""#, "/copy/soft link 777 0:0 -> a",
          "/copy/sub directory 1777 1000:2000", "/copy/empty directory 755 1000:2000",
        ], peer: .except(["/copy/hard"], because: "BuildKit makes a file of its own of each name")),
      BuildCase(
        "a file takes the place of nothing else than a file",
        """
        FROM busybox
        RUN echo old > /a.txt && mkdir /empty
        COPY a.txt /
        COPY empty /empty
        COPY empty /new
        COPY d/e/f/ /deep/er
        """, setup: files + "; mkdir empty",
        facts: [
          #"/a.txt file 755 0:0 "a\n""#, "/new directory 755 0:0",
          #"/deep/er/3.md file 644 0:0 "3\n""#,
        ]),
      BuildCase(
        "modes of the context stay, whatever they are",
        """
        FROM busybox
        COPY . /x/
        """,
        setup: """
          mkdir -m 1777 sticky; mkdir -m 2755 group; echo a > s; chmod 4755 s; echo b > none
          chmod 000 none; echo c > w; chmod 666 w
          """,
        facts: [
          "/x/sticky directory 1777 0:0", "/x/group directory 2755 0:0",
          #"/x/none file 0 0:0 "b\n""#, #"/x/w file 666 0:0 "c\n""#,
        ],
        peer: .except(
          ["/x/group ", "/x/s "], because: "buildah clears special bits of the context")),
      BuildCase(
        "attributes of files are kept",
        """
        FROM busybox AS made
        COPY cap /cap
        FROM busybox
        COPY --from=made /cap /again
        COPY cap /cap
        """, setup: "cp /bin/busybox cap; setcap cap_net_raw+ep cap"),
      BuildCase(
        "owners of the context do not matter",
        "FROM busybox\nCOPY . /x/\n",
        setup: "echo a > a; chown 77:88 a; mkdir d; chown 99 d",
        facts: [#"/x/a file 644 0:0 "a\n""#, "/x/d directory 755 0:0"]),
    ])
}
