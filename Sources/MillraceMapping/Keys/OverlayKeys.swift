import MillraceYAML

extension MappingKeys {
    /// A file that extends another: what it says is laid over the rules of that one, so nothing else is needed.
    static let overlay = KeyTable(
        "overlay", "a mapping that extends another, with the rules that differ",
        [
            .required("mapping", .text, "its name, once over all files of the site; part of no document's key"),
            .required(
                "extends", .text, "the mapping that it extends: a file beside this one, or the name of a ready-made one"
            ),
            FileKey(
                "remove", .some(.text), "rules of that one that fall away: fields.Yield.unit, checks.NAME, skip-when"),
        ]
            + laid(
                kinds,
                parts: [
                    "from": .keys(overlayFrom), "to": .keys(overlayTo), "fields": .keys(overlayFields),
                    "body": .keys(overlayBody),
                ]
            ).filter { $0.name != "mapping" })

    private static let overlayFrom = KeyTable(
        "overlay-from", "what differs of what it takes",
        laid([ReadingKeys.from, DocumentKeys.fromCounts, DocumentKeys.fromDowntime]))

    private static let overlayTo = KeyTable(
        "overlay-to", "what differs of where it goes",
        laid([ReadingKeys.toCount, ReadingKeys.toDowntime, DocumentKeys.to]))

    /// A field of a document may have the name of one of a fact.
    private static let overlayFields = KeyTable(
        "overlay-fields", "the fields that differ; one of the same name takes the place of that of the extended file",
        rest: DocumentKeys.fieldForm,
        laid([ReadingKeys.countFields, ReadingKeys.downtimeFields]).map { key in
            FileKey(key.name, either([key.form, DocumentKeys.fieldForm]), key.text)
        })

    private static let overlayBody = KeyTable(
        "overlay-body", "what differs of how a document is written",
        laid([DocumentKeys.body], parts: ["xml": .keys(overlayXML)]))

    private static let overlayXML = KeyTable(
        "overlay-xml-body", "what differs of a document as XML", laid([DocumentKeys.xml]))

    /// The keys of these tables, none of them needed: which kind it is only the extended file says.
    private static func laid(_ tables: [KeyTable], parts: [String: KeyForm] = [:]) -> [FileKey] {
        tables.flatMap(\.keys).reduce(into: [FileKey]()) { keys, key in
            if keys.contains(where: { $0.name == key.name }) { return }
            let form = parts[key.name] ?? either(tables.compactMap { $0[key.name]?.form })
            keys.append(FileKey(key.name, form, key.text))
        }
    }

    /// Any of the forms; those that are told by the same words are one.
    private static func either(_ forms: [KeyForm]) -> KeyForm {
        var (words, distinct): ([String], [KeyForm]) = ([], [])
        for form in forms {
            let parts = if case .either(let parts) = form { parts } else { [form] }
            for part in parts where !words.contains(KeyList.words(part)) {
                words.append(KeyList.words(part))
                distinct.append(part)
            }
        }
        return distinct.count == 1 ? distinct[0] : .either(distinct)
    }
}
