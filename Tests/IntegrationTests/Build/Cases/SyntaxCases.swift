extension BuildGroup {
  private static let noHeredocs = BuildCase.Peer.absent(
    because: "buildah 1.28 does not know here-documents")

  /// How a Dockerfile may be written.
  static let syntax = BuildGroup(
    name: "syntax",
    cases: [
      BuildCase(
        "a byte order mark and line ends of Windows do not matter",
        "\u{FEFF}FROM busybox\r\nENV A=1 \\\r\n  B=2\r\nRUN echo \"$A$B\" \\\r\n  > /out\r\n",
        facts: ["Env A=1", "Env B=2", #"/out file 644 0:0 "12\n""#]),
      BuildCase(
        "comments and empty lines may stand between continued lines",
        #"""
        # a comment
        FROM busybox
        RUN echo one > /out && \
            # a comment between, which ends with a backslash \
            echo two >> /out && \

              # another one
            echo three >> /out
        """#, facts: [#"/out file 644 0:0 "one\ntwo\nthree\n""#]),
      BuildCase(
        "a backslash before the last backslash takes its meaning",
        #"""
        FROM busybox
        RUN printf '%s' a\
        b > /joined
        ENV DOUBLE=x\\
        RUN printf '%s' "$DOUBLE" > /double
        """#, facts: [#"/joined file 644 0:0 "ab""#, #"Env DOUBLE=x\"#],
        peer: .absent(because: "buildah 1.28 goes on with the next line after two backslashes")),
      BuildCase(
        "another escape character can be chosen",
        #"""
        # escape=`
        FROM busybox
        ENV DIR=C:\windows\ OTHER=a`
          LAST=b`$x
        RUN echo "$DIR" `
          > /out
        """#, facts: [#"Env DIR=C:\windows\"#, "Env OTHER=a", "Env LAST=b$x"],
        peer: .absent(because: "buildah expands with the backslash whatever is chosen")),
      BuildCase(
        "directives of other tools are passed over",
        #"""
        # syntax=docker/dockerfile:1
        # check=skip=all
        # escape=\
        FROM busybox
        # escape=`
        LABEL a=b\ c
        """#, facts: ["Label a=b c"]),
      BuildCase(
        "keywords are read in any case, after blanks",
        #"""
          from busybox
          Run echo a > /a
        	env x=1
          cMd ["a", "b"]
        """#, facts: ["Env x=1", #"Cmd ["a","b"]"#]),
      BuildCase(
        "JSON arrays have JSON's escapes, and what is no array goes to the shell",
        #"""
        FROM busybox
        RUN ["/bin/sh", "-c", "printf 'a\tb\"\u0041' > /out"]
        ENTRYPOINT ["a b", "\\"]
        CMD ['single', "double"]
        """#,
        facts: [
          #"/out file 644 0:0 "a\tb\"A""#, #"Entrypoint ["a b","\\"]"#,
          #"Cmd ["/bin/sh","-c","['single', \"double\"]"]"#,
        ]),
      BuildCase(
        "a here-document is a script of RUN",
        #"""
        FROM busybox
        RUN <<EOF
        echo "one $HOME" > /out
        # not a comment of the Dockerfile
        echo two \
          three >> /out
        EOF
        RUN <<-'END' cat > /tabs
        	a $HOME
        	b
        	END
        RUN cat <<ONE - <<TWO > /both
        1
        ONE
        2
        TWO
        """#,
        facts: [
          #"/out file 644 0:0 "one /root\ntwo three\n""#, #"/tabs file 644 0:0 "a $HOME\nb\n""#,
          #"/both file 644 0:0 "2\n""#,
        ], peer: noHeredocs),
      BuildCase(
        "a here-document that begins with #! is a program",
        #"""
        FROM busybox
        RUN <<EOF
        #!/bin/cat
        the text
        EOF
        RUN <<PROGRAM
        #!/bin/sh
        echo "$0 $nothing" > /program
        PROGRAM
        """#, facts: ["no /dev/pipes", #"/program file 644 0:0 "/dev/pipes/PROGRAM \n""#],
        peer: noHeredocs),
      BuildCase(
        "here-documents are files of COPY and ADD",
        #"""
        FROM busybox
        ENV NAME=world
        COPY <<hello.txt <<"plain.txt" /texts/
        Hello ${NAME} and \$NAME
        hello.txt
        Hello ${NAME}
        plain.txt
        COPY --chmod=755 --chown=app <<-EOF /bin/script
        	#!/bin/sh
        		echo "$NAME"
        	EOF
        ADD <<EOF /added
        last
        EOF
        """#,
        facts: [
          #"/texts/hello.txt file 644 0:0 "Hello world and $NAME\n""#,
          #"/texts/plain.txt file 644 0:0 "Hello ${NAME}\n""#,
          ##"/bin/script file 755 1000:1000 "#!/bin/sh\necho \"world\"\n""##,
          #"/added file 644 0:0 "last\n""#,
        ], peer: noHeredocs),
    ])

  /// What variables become.
  static let variables = BuildGroup(
    name: "variables",
    cases: [
      BuildCase(
        "ENV has quotes, escapes and several names",
        #"""
        FROM busybox
        ENV A=1 B="x y" C='z $A' D=\$A E=x\ y F="q\"uote" G=
        ENV old form  with   blanks
        ENV Z="a'b" Y='a"b' X="tab	in"
        RUN echo "$A|$B|$C|$D|$E|$F|$G|$old|$Z|$Y|$X" > /out
        """#,
        facts: [
          "Env B=x y", "Env C=z $A", "Env D=$A", "Env E=x y", ##"Env F=q"uote"##, "Env G=",
          "Env old=form  with   blanks", #"Env Y=a"b"#,
        ]),
      BuildCase(
        "a value sees the environment before its instruction",
        #"""
        FROM busybox
        ENV abc=hello
        ENV abc=bye def=$abc
        ENV ghi=$abc
        """#, facts: ["Env abc=bye", "Env def=hello", "Env ghi=bye"]),
      BuildCase(
        "defaults and alternatives",
        #"""
        FROM busybox
        ENV SET=value EMPTY=
        ENV A=${SET:-d} B=${EMPTY:-d} C=${NONE:-d} D=${SET:+a} E=${EMPTY:+a} F=${NONE:+a}
        ENV G=${NONE:-${SET}/x} H=a${SET}b I=$SET.txt J=${NONE} K=$NONE
        ENV L=${NONE:-"a b"} M="${NONE:-'q'}"
        """#,
        facts: [
          "Env A=value", "Env B=d", "Env C=d", "Env D=a", "Env E=", "Env F=", "Env G=value/x",
          "Env H=avalueb", "Env I=value.txt", "Env J=", "Env L=a b",
        ]),
      BuildCase(
        "defaults without a colon, and what cuts and replaces",
        #"""
        FROM busybox
        ENV P=path/to/file.tar.gz EMPTY= S=foobarfoo
        ENV A=${EMPTY-d} B=${NONE-d} C=${EMPTY+a} D=${NONE+a} E=${P?wanted}
        ENV F=${P#*/} G=${P##*/} H=${P%.*} I=${P%%.*} J=${S/foo/x} K=${S//foo/x} L=${P#nothing}
        ENV M=${S%o?} N=${S/o*/-}
        """#,
        facts: [
          "Env A=", "Env B=d", "Env C=a", "Env D=", "Env E=path/to/file.tar.gz",
          "Env F=to/file.tar.gz", "Env G=file.tar.gz", "Env H=path/to/file.tar",
          "Env I=path/to/file", "Env J=xbarfoo", "Env K=xbarx", "Env L=path/to/file.tar.gz",
          "Env M=foobarf", "Env N=f-",
        ], peer: .absent(because: "buildah 1.28 knows :-, :+ and :? only")),
      BuildCase(
        "variables stand for parts of every instruction that takes them",
        #"""
        FROM busybox
        ENV NAME=app PORT=80 DIR=/srv/www SIGNAL=SIGINT FROM=a
        ADD $FROM.txt ${DIR}/
        COPY ${FROM}.txt $DIR/copy-$NAME
        EXPOSE ${PORT} $PORT/udp
        LABEL of="$NAME" $NAME=yes
        STOPSIGNAL $SIGNAL
        USER $NAME
        VOLUME $DIR ["/plain"]
        WORKDIR $DIR
        """#, setup: "echo text > a.txt",
        facts: [
          #"/srv/www/a.txt file 644 0:0 "text\n""#, #"/srv/www/copy-app file 644 0:0 "text\n""#,
          "ExposedPorts 80/tcp", "ExposedPorts 80/udp", "Label of=app", "Label app=yes",
          "StopSignal SIGINT", "User app", "Volumes /srv/www", "WorkingDir /srv/www",
        ]),
      BuildCase(
        "commands keep their variables for the shell that runs them",
        #"""
        FROM busybox
        ENV A=built
        CMD echo $A ${A}
        ENTRYPOINT ["echo", "$A"]
        HEALTHCHECK CMD test $A
        ONBUILD ENV B=$A
        SHELL ["/bin/sh", "-c", "$A"]
        """#,
        facts: [
          #"Cmd ["/bin/sh","-c","echo $A ${A}"]"#, #"Entrypoint ["echo","$A"]"#,
          #"Healthcheck.Test ["CMD-SHELL","test $A"]"#, "OnBuild ENV B=$A",
          #"Shell ["/bin/sh","-c","$A"]"#,
        ]),
      BuildCase(
        "names and values beyond ASCII",
        #"""
        FROM busybox
        ENV GREETING="Grüß Gott, 世界"
        LABEL "com.example.größe"="5 µm" empty=""
        COPY ["datei mit leerzeichen.txt", "ünïcode.txt", "/t e x t/"]
        RUN echo "$GREETING" > "/t e x t/out"
        """#, setup: "echo a > 'datei mit leerzeichen.txt'; echo b > ünïcode.txt",
        facts: [
          "Env GREETING=Grüß Gott, 世界", "Label com.example.größe=5 µm", "Label empty=",
          #"/t e x t/ünïcode.txt file 644 0:0 "b\n""#,
        ]),
    ])

  /// Where the values of ARG are known.
  static let arguments = BuildGroup(
    name: "arguments",
    cases: [
      BuildCase(
        "an argument before FROM is for FROM, and for stages that declare it",
        #"""
        ARG BASE=busybox
        ARG VERSION=1
        FROM ${BASE}
        RUN echo "without:$VERSION" > /a
        ARG VERSION
        RUN echo "with:$VERSION" > /b
        """#,
        facts: [#"/a file 644 0:0 "without:\n""#, #"/b file 644 0:0 "with:1\n""#]),
      BuildCase(
        "a value given replaces the default",
        #"""
        ARG BASE=nosuch
        FROM $BASE
        ARG A=default B=b C
        ENV A2=$A B2=$B C2=${C:-unset}
        RUN echo "$A $B $C" > /out
        """#, options: ["--build-arg", "BASE=busybox", "--build-arg", "A=given"],
        facts: ["Env A2=given", "Env B2=b", "Env C2=unset", #"/out file 644 0:0 "given b \n""#]),
      BuildCase(
        "ENV wins over ARG of the same name",
        #"""
        FROM busybox
        ENV X=env
        ARG X=arg
        RUN echo "$X" > /out
        LABEL x=$X
        """#, options: ["--build-arg", "X=given"],
        facts: [#"/out file 644 0:0 "env\n""#, "Label x=env"]),
      BuildCase(
        "an argument is known from its line on, to the end of its stage",
        #"""
        FROM busybox AS one
        USER ${WHO:-nobody}
        ARG WHO=app
        USER $WHO
        FROM busybox
        LABEL who=${WHO:-none}
        """#, facts: ["Label who=none"]),
      BuildCase(
        "a stage on top of another knows its arguments",
        #"""
        FROM busybox AS one
        ARG WHO=app
        FROM one
        RUN echo "$WHO" > /out
        """#, facts: [#"/out file 644 0:0 "app\n""#],
        peer: .absent(because: "buildah forgets arguments at the end of their stage")),
      BuildCase(
        "proxies are for the commands and not for the image",
        #"""
        FROM busybox
        RUN echo "$HTTP_PROXY $no_proxy" > /out
        """#, options: ["--build-arg", "HTTP_PROXY=http://p", "--build-arg", "no_proxy=n"],
        facts: [#"/out file 644 0:0 "http://p n\n""#]),
      BuildCase(
        "the platform is known to FROM, and to stages that ask",
        #"""
        FROM --platform=$BUILDPLATFORM busybox
        RUN echo "$TARGETOS" > /without
        ARG TARGETOS TARGETPLATFORM BUILDOS
        RUN echo "$TARGETOS ${TARGETPLATFORM%/*} $BUILDOS" > /with
        """#,
        facts: [#"/without file 644 0:0 "\n""#, #"/with file 644 0:0 "linux linux linux\n""#]),
      BuildCase(
        "arguments take part in defaults of arguments",
        #"""
        ARG MAJOR=3
        ARG TAG=v${MAJOR}
        FROM busybox
        ARG TAG
        ARG FULL=${TAG}.1
        LABEL full=$FULL
        """#, options: ["--build-arg", "MAJOR=4"], facts: ["Label full=v4.1"]),
    ])
}
