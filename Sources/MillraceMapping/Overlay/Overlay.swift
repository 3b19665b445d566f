import MillraceValues
import MillraceYAML

/// Lays a mapping file over the one that it extends, so that the rest of the program sees one file.
///
/// Every node keeps the place it came from, in whichever file: faults point there, and `map show` says it.
struct Overlay {
    let faults: DiagnosticList
    let source: TableSource

    /// The whole mapping; nil, and reported, where the one that it extends cannot be read.
    func whole(_ root: MarkedNode) -> MarkedNode? {
        whole(root, chain: [faults.source.file])
    }

    private func whole(_ root: MarkedNode, chain: [String]) -> MarkedNode? {
        guard let members = root.members else { return root }
        guard let extends = root["extends"] else {
            if let remove = members.first(where: { $0.key == "remove" }) {
                faults.error(
                    .overlay, at: remove.keyMark,
                    "'remove' takes rules away from the mapping that 'extends' names; say 'extends' or leave it out")
            }
            return MarkedNode(.mapping(members.filter { $0.key != "remove" }), mark: root.mark)
        }
        guard let name = faults.text(extends, what: "'extends'"),
            let base = base(MappingPath.base(name, at: extends.mark, faults), at: extends.mark, chain: chain)
        else { return nil }
        let kept = removing(root["remove"], from: base)
        let own = members.filter { $0.key != "extends" && $0.key != "remove" }
        return Self.laid(MarkedNode(.mapping(own), mark: root.mark), over: kept, at: [])
    }

    /// The mapping of that path, itself whole.
    private func base(_ path: String, at mark: SourceMark, chain: [String]) -> MarkedNode? {
        if let first = chain.firstIndex(of: path) {
            let round = (chain[first...] + [path]).map { "'\($0)'" }.joined(separator: " extends ")
            faults.error(.overlay, at: mark, "a mapping cannot extend itself: \(round)")
            return nil
        }
        let bytes: [UInt8]
        switch source(path) {
        case .bytes(let content): bytes = content
        case .unreadable(let why):
            let what = MappingPath.ready(path).map { "the ready-made mapping '\($0)'" } ?? "the mapping \(path)"
            faults.error(.overlay, at: mark, "\(what) cannot be read: \(why)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            faults.error(.overlay, at: mark, "the mapping \(path) is not UTF-8; save it as UTF-8")
            return nil
        }
        let list = DiagnosticList(SourceText(file: path, text: text))
        let number = faults.add(list.source)
        let root = YAMLFile.read(list)
        faults.take(list.sorted)
        return root.flatMap { whole($0.standing(in: number), chain: chain + [path]) }
    }
}

// MARK: - Replacing by name

extension Overlay {
    /// Where members are laid over each other one by one; elsewhere the overlay's text stands for the whole.
    private static let sections: Set<[String]> = [
        [], ["from"], ["from", "signals"], ["from", "close"], ["to"], ["tables"], ["lookup"], ["let"], ["fields"],
        ["shape"], ["body"], ["body", "xml"], ["body", "xml", "namespaces"], ["body", "csv"],
    ]
    /// Lists whose items have names.
    private static let lists: Set<[String]> = [["checks"], ["tests"]]

    private static func laid(_ overlay: MarkedNode, over base: MarkedNode, at path: [String]) -> MarkedNode {
        if sections.contains(path) { return members(of: overlay, over: base) { path + [$0] } }
        if lists.contains(path) { return items(of: overlay, over: base) }
        // A field of an object keeps the parts that the overlay does not name.
        if path.first == "fields", overlay["fields"] != nil, base["fields"] != nil {
            return members(of: overlay, over: base) { $0 == "fields" ? ["fields"] : ["fields", $0, ""] }
        }
        return overlay
    }

    /// The base's members with those of the overlay in their places, and what is new behind them.
    private static func members(
        of overlay: MarkedNode, over base: MarkedNode, path: (String) -> [String]
    ) -> MarkedNode {
        guard let changes = overlay.members, let members = base.members else { return overlay }
        var whole = members.map { member in
            changes.first { $0.key == member.key }.map { change in
                MarkedMember(
                    key: change.key, keyMark: change.keyMark,
                    value: laid(change.value, over: member.value, at: path(change.key)))
            } ?? member
        }
        whole += changes.filter { base[$0.key] == nil }
        return MarkedNode(.mapping(whole), mark: overlay.mark)
    }

    /// The base's items with those of the overlay in the places of their namesakes, and the others behind them.
    private static func items(of overlay: MarkedNode, over base: MarkedNode) -> MarkedNode {
        guard let changes = overlay.items, let items = base.items else { return overlay }
        let names = Set(items.compactMap { $0["name"]?.text })
        var whole = items.map { item in
            guard let name = item["name"]?.text else { return item }
            return changes.first { $0["name"]?.text == name } ?? item
        }
        whole += changes.filter { change in change["name"]?.text.map { !names.contains($0) } ?? true }
        return MarkedNode(.sequence(whole), mark: overlay.mark)
    }
}

// MARK: - Removing by name

extension Overlay {
    private func removing(_ node: MarkedNode?, from base: MarkedNode) -> MarkedNode {
        guard let node else { return base }
        let reader = NodeReader(
            MarkedNode(.mapping([MarkedMember(key: "remove", keyMark: node.mark, value: node)]), mark: node.mark),
            what: "the mapping file", faults: faults)
        return (reader.texts("remove") ?? []).reduce(base) { rest, name in
            switch Self.removed(name.text[...], from: rest) {
            case .success(let rest): return rest
            case .failure(let miss):
                faults.error(
                    .overlay, at: name.mark,
                    "there is no '\(miss.name)' to remove in \(faults.source(of: base.mark).file)"
                        + Suggestion.ending(for: miss.name, among: miss.known))
                return rest
            }
        }
    }

    /// A name that leads nowhere, and those that would have.
    private struct Miss: Error {
        let name: String
        let known: [String]
    }

    /// The node without what the name means: `fields.Yield.unit`, `checks.too many`, `skip-when`.
    private static func removed(
        _ name: Substring, from node: MarkedNode, depth: Int = 0
    ) -> Result<MarkedNode, Miss> {
        if let items = node.items {
            let rest = items.filter { $0["name"]?.text.map { $0[...] != name } ?? true }
            if rest.count < items.count { return .success(MarkedNode(.sequence(rest), mark: node.mark)) }
            return .failure(Miss(name: String(name), known: items.compactMap { $0["name"]?.text }))
        }
        let members = node.members ?? []
        if members.contains(where: { $0.key[...] == name }) {
            return .success(MarkedNode(.mapping(members.filter { $0.key[...] != name }), mark: node.mark))
        }
        guard let way = members.firstIndex(where: { name.hasPrefix($0.key + ".") }) else {
            // The parts of an object are named without the word 'fields' between.
            if depth > 0, let inner = members.firstIndex(where: { $0.key == "fields" }), node["fields"]?.members != nil
            {
                return replacing(inner, of: node, by: removed(name, from: members[inner].value, depth: depth + 1))
            }
            return .failure(Miss(name: String(name), known: members.map(\.key)))
        }
        let rest = name.dropFirst(members[way].key.count + 1)
        return replacing(way, of: node, by: removed(rest, from: members[way].value, depth: depth + 1))
    }

    private static func replacing(
        _ index: Int, of node: MarkedNode, by result: Result<MarkedNode, Miss>
    ) -> Result<MarkedNode, Miss> {
        result.map { value in
            var members = node.members ?? []
            members[index] = MarkedMember(key: members[index].key, keyMark: members[index].keyMark, value: value)
            return MarkedNode(.mapping(members), mark: node.mark)
        }
    }
}
