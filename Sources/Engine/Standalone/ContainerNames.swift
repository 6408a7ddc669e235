/// Names for containers that were given none: a word for a mood or a look, and somebody to whom
/// computing owes something.
enum ContainerNames {
  /// A name that `isTaken` knows nothing of.
  static func free(_ isTaken: (String) -> Bool) -> String {
    for _ in 0..<attempts {
      let name = random()
      if !isTaken(name) { return name }
    }
    var number = 1
    let name = random()
    while isTaken("\(name)\(number)") { number += 1 }
    return "\(name)\(number)"
  }

  /// After so many clashes a number is appended.
  private static let attempts = 20

  private static func random() -> String {
    let look = looks[Int.random(in: 0..<looks.count)]
    let person = people[Int.random(in: 0..<people.count)]
    return "\(look)_\(person)"
  }

  private static let looks = words(
    """
    amber ample awake bold brave breezy bright brisk calm candid clear clever crisp curious deft
    dapper eager early earnest easy fair fleet fluent fond frank fresh gentle glad golden grand
    handy hardy honest jolly keen kind lively lucid lunar mellow merry mild modest neat nimble
    noble patient plain plucky polite proud quick quiet ready rustic serene sharp silent sleek
    smart snug solid spry steady stout sunny swift tidy tranquil trusty upbeat vivid warm wise
    witty zesty
    """)

  private static let people = words(
    """
    abbate aiken allen babbage backus bartik bell berners boole borg brooks cerf chomsky church
    cocke codd conway cray curry dahl dennis diffie dijkstra eckert engelbart estrin feinler
    floyd gates godel gosling hamilton hellman hoare holberton hopper huffman iverson johnson
    kahan karp kay keller kilby kleene knuth lamarr lamport liskov lovelace mauchly mccarthy
    milner minsky moore naur neumann newell noether nygaard pascal perlis perlman postel reeves
    ritchie rivest shamir shannon simon stonebraker sutherland tarjan thompson torvalds turing
    wilkes wilkinson wing wirth yao zuse
    """)

  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
