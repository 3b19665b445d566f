// Hot path: most documents of a night are made here. Guarded by `script/bench`.

import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What first documents of one mapping and request have in common, where they are plain.
final class PlainMaker: Sendable {
    let mapping: MappingName
    let request: RequestID
    /// What makes them; nil where each has to be looked at by itself.
    let means: PlainMeans?

    init(mapping: MappingName, request: RequestID, means: PlainMeans?) {
        (self.mapping, self.request, self.means) = (mapping, request, means)
    }
}

/// What plain first documents are made with.
final class PlainMeans: Sendable {
    let kind: PlainDocuments.Kind
    let contract: RequestContract
    let body: PlainBody
    /// A window that ended by this instant is closed for good.
    let closed: Instant
    /// Nothing of a window that begins before is sent; nil for no such border.
    let discardBefore: Instant?
    /// Where among the sum's fields the value is that orders its documents; nil for no order.
    let orderField: Int?

    init(
        kind: PlainDocuments.Kind, contract: RequestContract, body: PlainBody, closed: Instant, discardBefore: Instant?,
        orderField: Int?
    ) {
        self.kind = kind
        self.contract = contract
        self.body = body
        self.closed = closed
        self.discardBefore = discardBefore
        self.orderField = orderField
    }
}

extension DocumentMaking {
    /// Adds the only document of a new sum to `plain` where it is one; false, and nothing done, where `step` has to decide.
    ///
    /// - Shape: a document that is made here is the one that `step` would make.
    mutating func makePlain(_ stem: String, _ sum: Sum, into plain: inout PlainDocuments) throws -> Bool {
        guard sum.revision == 0, sum.mayBeDocument, sum.conflict == nil, let means = plainMeans(sum),
            sum.windowEnd <= means.closed, !isFromBeforeRestore(sum),
            let amounts = Ledger.plainPost(sum, contract: means.contract)
        else { return false }
        if let before = means.discardBefore, sum.windowStart < before { return false }
        let bytes: [UInt8]
        do {
            guard
                let body = try means.body.json(
                    of: sum, amounts: amounts, key: DocumentKey.key(stem: stem, revision: 1))
            else { return false }
            bytes = body
        } catch {
            // Whatever is wrong is found once more by `step`, which parks the document with it.
            return false
        }
        plain.rows.append(
            PlainDocuments.Row(
                kind: plain.index(of: means.kind), stem: stem, amounts: amounts, fields: sum.fields,
                orderValue: means.orderField.flatMap { sum.fields.values[$0].text }, windowStart: sum.windowStart,
                windowEnd: sum.windowEnd, body: bytes))
        report.queued += 1
        return true
    }

    private mutating func plainMeans(_ sum: Sum) -> PlainMeans? {
        for maker in plainMakers where maker.mapping == sum.mapping && maker.request == sum.identity.request {
            return maker.means
        }
        let maker = PlainMaker(mapping: sum.mapping, request: sum.identity.request, means: means(like: sum))
        plainMakers.append(maker)
        return maker.means
    }

    private func means(like sum: Sum) -> PlainMeans? {
        let request = sum.identity.request
        guard let mapping = mappings[sum.mapping], let closing = closings[sum.mapping],
            let contract = plant.contract(of: request),
            endpoints[request.endpoint]?.writesJSON(request.request) ?? false,
            let body = PlainBody(mapping, fields: sum.fields.keys, site: plant.site)
        else { return nil }
        return PlainMeans(
            kind: PlainDocuments.Kind(request: request, mapping: mapping.name, version: mapping.version),
            contract: contract, body: body, closed: closing.by,
            discardBefore: discardBefore[request.endpoint],
            orderField: contract.inOrderBy.flatMap { sum.fields.keys.firstIndex(of: $0.rawValue) })
    }
}
