import MillraceValues

extension DropFile {
    /// `device inode size modified path`.
    fileprivate var text: String { "\(device) \(inode) \(size) \(modified) \(path)" }

    fileprivate init?(text: String) {
        let parts = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, let device = UInt64(parts[0]), let inode = UInt64(parts[1]), let size = Int64(parts[2]),
            let modified = Int64(parts[3])
        else { return nil }
        self.init(path: String(parts[4]), device: device, inode: inode, size: size, modified: modified)
    }
}

extension FileEntry {
    /// A file in its place.
    var value: Value {
        var object = ValueObject()
        object.append("name", .string(name))
        object.append("seen", .string(seen.text))
        object.append("at", .number(ExactDecimal(length)))
        object.append("line", .number(ExactDecimal(Int64(line))))
        object.append("phase", .string(phase.rawValue))
        object.append("hash", .string(Hex.encode(hash?.state ?? [])))
        object.append("head", .string(Hex.encode(head)))
        object.append("tail", .string(Hex.encode(tail)))
        if status == .away { object.append("away", true) }
        return .object(object)
    }

    init?(_ value: Value) {
        guard let name = value["name"]?.text, let seen = value["seen"]?.text.flatMap(DropFile.init(text:)),
            let length = value["at"].flatMap(FileCursor.integer), let line = value["line"].flatMap(FileCursor.integer),
            let phase = value["phase"]?.text.flatMap(ReadPhase.init(rawValue:)),
            let state = value["hash"]?.text.flatMap(Hex.decode), let hash = SHA256(state: state),
            let head = value["head"]?.text.flatMap(Hex.decode), let tail = value["tail"]?.text.flatMap(Hex.decode)
        else { return nil }
        self.init(name: name, seen: seen)
        (self.length, self.line, self.phase, self.hash) = (length, Int(clamping: line), phase, hash)
        (self.head, self.tail) = (head, tail)
        if value["away"] == .bool(true) { status = .away }
    }

    /// A file that is gone, in one line: `status length line phase digest head name`.
    var pastText: String {
        let hashes = "\(Hex.encode(digest)) \(head.isEmpty ? "-" : Hex.encode(head))"
        return "\(status.rawValue) \(length) \(line) \(phase.rawValue) \(hashes) \(name)"
    }

    init?(past text: String) {
        let parts = text.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, let status = Status(rawValue: parts[0]), let length = Int64(parts[1]),
            let line = Int(parts[2]), let phase = ReadPhase(rawValue: parts[3]), let digest = Hex.decode(parts[4]),
            let head = parts[5] == "-" ? [] : Hex.decode(parts[5])
        else { return nil }
        self.init(name: parts[6], seen: DropFile(path: "", device: 0, inode: 0, size: length, modified: 0))
        (self.status, self.length, self.line, self.phase) = (status, length, line, phase)
        (storedDigest, self.head) = (digest, head)
    }
}

extension FileMark {
    /// The mark as a value.
    var value: Value {
        ["kind": .string(kind.rawValue), "seen": .string(seen.text), "name": .string(name)]
    }

    init?(_ value: Value) {
        guard let kind = value["kind"]?.text.flatMap(Kind.init(rawValue:)), let name = value["name"]?.text,
            let seen = value["seen"]?.text.flatMap(DropFile.init(text:))
        else { return nil }
        self.init(kind: kind, seen: seen, name: name)
    }
}
