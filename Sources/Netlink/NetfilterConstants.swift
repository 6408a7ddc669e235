// The numbers of linux/netfilter/nfnetlink.h, nf_tables.h and nfnetlink_conntrack.h that are
// used here. They belong to the kernel's interface and never change.

/// Message types of nfnetlink: the subsystem in the high byte, the verb in the low one.
enum NetfilterMessage {
  static let batchBegin: UInt16 = 16
  static let batchEnd: UInt16 = 17
  static let tablesSubsystem: UInt16 = 10

  static let newTable: UInt16 = 0x0A00
  static let getTable: UInt16 = 0x0A01
  static let deleteTable: UInt16 = 0x0A02
  static let newChain: UInt16 = 0x0A03
  static let getChain: UInt16 = 0x0A04
  static let newRule: UInt16 = 0x0A06
  static let getRule: UInt16 = 0x0A07
  static let getFlow: UInt16 = 0x0101
  static let deleteFlow: UInt16 = 0x0102
}

/// Families of nf_tables (`NFPROTO_…`).
package enum NetfilterFamily {
  /// Every family (`NFPROTO_UNSPEC`).
  package static let any: UInt8 = 0
  /// IPv4 and IPv6 in one table (`NFPROTO_INET`).
  package static let inet: UInt8 = 1
  /// IPv4 (`NFPROTO_IPV4`).
  package static let ipv4: UInt8 = 2
  /// IPv6 (`NFPROTO_IPV6`).
  package static let ipv6: UInt8 = 10
}

/// Hooks of IPv4 and IPv6 (`NF_INET_…`).
package enum NetfilterHook {
  /// Packets that pass through (`NF_INET_FORWARD`).
  package static let forward: UInt32 = 2
  /// Packets that start here (`NF_INET_LOCAL_OUT`).
  package static let output: UInt32 = 3
}

/// Attributes of a table, a chain, a rule and the parts of a rule (`NFTA_…`).
enum NetfilterAttribute {
  static let tableName: UInt16 = 1

  static let chainTable: UInt16 = 1
  static let chainName: UInt16 = 3
  static let chainHook: UInt16 = 4
  static let chainPolicy: UInt16 = 5
  static let chainType: UInt16 = 7
  static let hookNumber: UInt16 = 1
  static let hookPriority: UInt16 = 2

  static let ruleTable: UInt16 = 1
  static let ruleChain: UInt16 = 2
  static let ruleHandle: UInt16 = 3
  static let ruleExpressions: UInt16 = 4
  static let ruleUserData: UInt16 = 7

  static let listElement: UInt16 = 1
  static let expressionName: UInt16 = 1
  static let expressionData: UInt16 = 2
  static let dataValue: UInt16 = 1
  static let dataVerdict: UInt16 = 2
  static let immediateData: UInt16 = 2
  static let verdictCode: UInt16 = 1
  static let verdictChain: UInt16 = 2
}

/// Attributes of a tracked flow (`CTA_…`).
enum FlowAttribute {
  static let original: UInt16 = 1
  static let tupleProtocol: UInt16 = 2
  static let protocolNumber: UInt16 = 1
  static let destinationPort: UInt16 = 3
}
