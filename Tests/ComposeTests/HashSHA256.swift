/// SHA-256 for the expected hashes of the tests: the module under test gives only the bytes.
///
/// Source: FIPS 180-4.
func sha256(_ message: [UInt8]) -> String {
  var state: [UInt32] = primes(8).map { fraction(of: Double($0).squareRoot()) }
  let constants: [UInt32] = primes(64).map { fraction(of: cubeRoot(of: Double($0))) }
  var padded = message + [0x80]
  padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
  let bitCount = UInt64(message.count) * 8
  padded += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
  for start in stride(from: 0, to: padded.count, by: 64) {
    compress(Array(padded[start..<start + 64]), constants, &state)
  }
  return state.map { word in
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined()
}

private func compress(_ block: [UInt8], _ constants: [UInt32], _ state: inout [UInt32]) {
  var words = stride(from: 0, to: 64, by: 4).map { start in
    block[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
  }
  for index in 16..<64 {
    let low = words[index - 15]
    let high = words[index - 2]
    words.append(
      words[index - 16] &+ (rotate(low, 7) ^ rotate(low, 18) ^ low >> 3)
        &+ words[index - 7] &+ (rotate(high, 17) ^ rotate(high, 19) ^ high >> 10))
  }
  var work = state
  for index in 0..<64 {
    let choice = work[4] & work[5] ^ ~work[4] & work[6]
    let first =
      work[7] &+ (rotate(work[4], 6) ^ rotate(work[4], 11) ^ rotate(work[4], 25)) &+ choice
      &+ constants[index] &+ words[index]
    let majority = work[0] & work[1] ^ work[0] & work[2] ^ work[1] & work[2]
    let second = (rotate(work[0], 2) ^ rotate(work[0], 13) ^ rotate(work[0], 22)) &+ majority
    work = [first &+ second] + work[0..<3] + [work[3] &+ first] + work[4..<7]
  }
  for index in 0..<8 { state[index] &+= work[index] }
}

private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
  word >> count | word << (32 - count)
}

private func primes(_ count: Int) -> [Int] {
  var primes: [Int] = []
  var candidate = 2
  while primes.count < count {
    if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
    candidate += 1
  }
  return primes
}

private func fraction(of number: Double) -> UInt32 {
  UInt32((number - number.rounded(.down)) * 4_294_967_296)
}

private func cubeRoot(of number: Double) -> Double {
  var root = number / 3
  for _ in 0..<100 { root -= (root * root * root - number) / (3 * root * root) }
  return root
}
