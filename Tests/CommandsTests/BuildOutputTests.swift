import ArgumentParser
import Compose
import Engine
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("What build and viz print", .timeLimit(.standard))
struct BuildOutputTests {
  /// What Docker Compose 2.40.3 prints of the same file, but for its version among the labels.
  @Test("a bake file has the keys and values that Docker Compose writes")
  func bake() throws {
    let project = try loadProject(
      """
      name: shop
      services:
        web:
          image: web:1
          build:
            context: ./ctx
            dockerfile: Dockerfile.web
            target: prod
            args: {A: "1", B: null}
            labels: {l: x}
            tags: [reg.example/web:2]
            cache_from: ["type=registry,ref=x"]
            cache_to: ["type=inline"]
            no_cache: true
            pull: true
            platforms: [linux/amd64, linux/arm64]
            secrets: [s, {source: t, target: tt}]
            ssh: [default]
            network: host
            extra_hosts: ["a=1.2.3.4"]
            shm_size: 64m
            ulimits: {nofile: 100}
            additional_contexts: {base: "service:db", r: ./res}
            entitlements: [network.host]
            privileged: true
        db:
          build: {context: ./ctx, dockerfile_inline: "FROM scratch\\n"}
      secrets: {s: {file: ./s}, t: {environment: TT}}
      """)
    let text = BakeFile(project: project, options: BuildOptions(), isPushed: false)
      .text(of: project.services)
    let expected: JSON = [
      "group": ["default": ["targets": ["db", "web"]]],
      "target": [
        "db": [
          "context": "/srv/shop/ctx", "dockerfile-inline": "FROM scratch\n",
          "labels": ["com.docker.compose.project": "shop", "com.docker.compose.service": "db"],
          "tags": ["shop-db"], "output": ["type=docker"],
        ],
        "web": [
          "context": "/srv/shop/ctx", "contexts": ["base": "target:db", "r": "/srv/shop/res"],
          "dockerfile": "/srv/shop/ctx/Dockerfile.web", "args": ["A": "1"],
          "labels": [
            "com.docker.compose.project": "shop", "com.docker.compose.service": "web", "l": "x",
          ],
          "tags": ["reg.example/web:2", "web:1"], "cache-from": ["type=registry,ref=x"],
          "cache-to": ["type=inline"], "target": "prod",
          "secret": ["id=s,type=file,src=/srv/shop/s", "id=tt,type=env,env=TT"],
          "ssh": ["default="], "platforms": ["linux/amd64", "linux/arm64"], "pull": true,
          "no-cache": true, "network": "host", "shm-size": "67108864", "ulimits": ["nofile=100"],
          "entitlements": ["network.host", "security.insecure"],
          "extra-hosts": ["a": "1.2.3.4"], "output": ["type=image,push=false"],
        ],
      ],
    ]
    #expect(text == expected.text(.pretty))
    let pushed = BakeFile(project: project, options: BuildOptions(), isPushed: true)
      .text(of: project.services)
    #expect(pushed.contains("type=image,push=true") && pushed.contains("type=docker"))
  }

  @Test(
    "what the builder does not do is refused by name",
    arguments: [
      ["--builder", "x"], ["-m", "5m"], ["--memory=1g"], ["--provenance", "mode=max"],
      ["--provenance=true"], ["--sbom=true"], ["--no-rm"], ["--progress", "nosuch"],
    ])
  func refused(words: [String]) throws {
    let words = try CommandWords(["build"] + words).words
    let error = #expect(throws: (any Error).self) { try CommandTree.parseAsRoot(words) }
    let name = words[1].split(separator: "=")[0]
    #expect(error.map { CommandTree.message(for: $0).contains(name) } == true)
  }

  @Test(
    "what it does anyway is taken",
    arguments: [
      ["--builder", "default"], ["--provenance=false"], ["--sbom=0"], ["--parallel"],
      ["--force-rm"], ["--progress=plain"],
    ])
  func taken(words: [String]) throws {
    let words = try CommandWords(["build"] + words).words
    #expect(throws: Never.self) { try CommandTree.parseAsRoot(words) }
  }
}
