// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "../../src/Directory.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {PlainEmergencies} from "./PlainEmergencies.sol";
import {PlainSignatures} from "./PlainSignatures.sol";
import {PlainSubjects} from "./PlainSubjects.sol";

/// @notice What Consents and Proxies do, in plain words: one boolean per refusal, every member of a struct written out.
contract PlainConsents is PlainSignatures, PlainEmergencies {
    PlainSubjects private immutable SUBJECTS;

    mapping(address space => mapping(uint256 index => bool)) private refused;

    constructor(PlainSubjects subjects, Directory directory, address standsFor)
        PlainSignatures("Anamnesis Consents", standsFor)
        PlainEmergencies(directory, standsFor)
    {
        SUBJECTS = subjects;
    }

    function isRevoked(address space, uint32 index) public view returns (bool) {
        return refused[space][index];
    }

    function revocationWord(address space, uint24 word) public view returns (uint256 bits) {
        for (uint256 i = 0; i < 256; i++) {
            if (refused[space][uint256(word) * 256 + i]) bits += 2 ** i;
        }
    }

    function revoke(address subject, uint32 index) external {
        onlySubjectOrController(subject);
        refuse(subject, index);
    }

    function revokeBySig(address subject, uint32 index, bytes calldata signature) external {
        address controller = SUBJECTS.controllerOf(subject);
        if (!signedByEither(subject, controller, revokeMessage(subject, index), signature)) {
            revert IConsents.Consents_InvalidRevocation(subject, index, controller);
        }
        refuse(subject, index);
    }

    function revokeMany(address subject, uint24 word, uint256 mask) external {
        onlySubjectOrController(subject);
        refuseMany(subject, word, mask);
    }

    function revokeManyBySig(address subject, uint24 word, uint256 mask, bytes calldata signature) external {
        bytes32 kind = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");
        address controller = SUBJECTS.controllerOf(subject);
        if (!signedByEither(subject, controller, typed(abi.encode(kind, subject, word, mask)), signature)) {
            revert IConsents.Consents_InvalidRevocations(subject, word, mask, controller);
        }
        refuseMany(subject, word, mask);
    }

    function revokeByGuardians(
        address subject,
        uint32 index,
        IGuardians.GuardianSet calldata set,
        bytes[] calldata signatures
    ) external {
        SUBJECTS.checkGuardians(subject, set, revokeMessage(subject, index), signatures);
        refuse(subject, index);
    }

    function revokeAsProxy(
        IConsents.Consent calldata terms,
        bytes calldata signature,
        IProxies.Link[] calldata chain,
        bytes calldata refusal
    ) external {
        bytes32 id = digest(terms);
        onlyCurrentEpoch(id, terms);
        address controller = SUBJECTS.controllerOf(terms.subject);
        if (!signedBy(controller, id, signature)) revert IConsents.Consents_InvalidSignature(id, controller);
        onlyStandingChain(terms.subject, chain);
        IProxies.Proxy memory last = chain[chain.length - 1].terms;
        bytes32 lastId = proxyDigest(last);
        if (block.timestamp < last.validFrom || block.timestamp >= last.validUntil) {
            revert IProxies.Proxies_NotInForce(lastId, last.validFrom, last.validUntil, uint48(block.timestamp));
        }
        onlyWithin(id, asProxy(terms), last);
        if (msg.sender != last.proxy) {
            if (!signedBy(last.proxy, revokeMessage(terms.subject, terms.index), refusal)) {
                revert IProxies.Proxies_InvalidRevocation(lastId, terms.index, last.proxy);
            }
        }
        refuse(terms.subject, terms.index);
    }

    function revokeUnderProxy(bytes32 link, uint32 index) external {
        refuse(spaceOf(msg.sender, link), index);
    }

    function revokeUnderProxyBySig(address proxy, bytes32 link, uint32 index, bytes calldata signature) external {
        bytes32 kind = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");
        if (!signedBy(proxy, typed(abi.encode(kind, link, index)), signature)) {
            revert IProxies.Proxies_InvalidRevocation(link, index, proxy);
        }
        refuse(spaceOf(proxy, link), index);
    }

    function check(IConsents.Consent calldata terms, bytes calldata signature, IConsents.Request calldata request)
        external
        view
        returns (bytes32 id)
    {
        id = digest(terms);
        onlyCovered(id, terms, request);
        onlyLedgerAgrees(id, terms);
        address controller = SUBJECTS.controllerOf(terms.subject);
        if (!signedBy(controller, id, signature)) revert IConsents.Consents_InvalidSignature(id, controller);
    }

    function checkByProxy(
        IConsents.Consent calldata terms,
        bytes calldata signature,
        IProxies.Link[] calldata chain,
        IConsents.Request calldata request
    ) external view returns (bytes32 id) {
        id = digest(terms);
        onlyCovered(id, terms, request);
        onlyLedgerAgrees(id, terms);
        onlyStandingChain(terms.subject, chain);
        IProxies.Proxy memory last = chain[chain.length - 1].terms;
        onlyNotTakenBack(last, id, terms.index);
        onlyWithin(id, asProxy(terms), last);
        if (!signedBy(last.proxy, id, signature)) revert IConsents.Consents_InvalidSignature(id, last.proxy);
    }

    function digest(IConsents.Consent memory terms) public view returns (bytes32) {
        bytes32 kind = keccak256(
            "Consent(address subject,uint32 epoch,uint32 index,uint32 grantee,bytes32 recipient,uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,int48 careFrom,int48 careUntil,uint48 validFrom,uint48 validUntil,bytes32 salt)"
        );
        bytes memory who = abi.encode(kind, terms.subject, terms.epoch, terms.index, terms.grantee, terms.recipient);
        bytes memory what = abi.encode(terms.categories, terms.sensitive, terms.purposes, terms.actions);
        bytes memory times = abi.encode(terms.careFrom, terms.careUntil, terms.validFrom, terms.validUntil);
        return typed(bytes.concat(who, what, times, terms.salt));
    }

    function proxyDigest(IProxies.Proxy memory terms) public view returns (bytes32) {
        bytes32 kind = keccak256(
            "Proxy(address subject,uint32 epoch,uint32 index,address proxy,uint8 kind,bytes32 parent,uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,uint48 validFrom,uint48 validUntil,bytes32 salt)"
        );
        bytes memory who =
            abi.encode(kind, terms.subject, terms.epoch, terms.index, terms.proxy, terms.kind, terms.parent);
        bytes memory what = abi.encode(terms.categories, terms.sensitive, terms.purposes, terms.actions);
        return typed(bytes.concat(who, what, abi.encode(terms.validFrom, terms.validUntil, terms.salt)));
    }

    function spaceOf(address proxy, bytes32 link) public pure returns (address) {
        return address(uint160(uint256(keccak256(bytes.concat(bytes32(uint256(uint160(proxy))), link)))));
    }

    function refuse(address space, uint32 index) private {
        if (refused[space][index]) return;
        refused[space][index] = true;
        emit IConsents.ConsentRevoked(space, index);
    }

    function refuseMany(address space, uint24 word, uint256 mask) private {
        bool changed = false;
        for (uint256 i = 0; i < 256; i++) {
            uint256 index = uint256(word) * 256 + i;
            if ((mask / 2 ** i) % 2 == 1 && !refused[space][index]) {
                refused[space][index] = true;
                changed = true;
            }
        }
        if (changed) emit IConsents.ConsentsRevoked(space, word, revocationWord(space, word));
    }

    function revokeMessage(address subject, uint32 index) private view returns (bytes32) {
        return typed(abi.encode(keccak256("Revoke(address subject,uint32 index)"), subject, index));
    }

    /// @dev The subject's key counts for ever, a wallet only while it is the controller.
    function signedByEither(address subject, address controller, bytes32 message, bytes calldata signature)
        private
        view
        returns (bool)
    {
        return signedByKey(subject, message, signature) || signedBy(controller, message, signature);
    }

    function onlySubjectOrController(address subject) private view {
        address controller = SUBJECTS.controllerOf(subject);
        if (msg.sender != subject && msg.sender != controller) {
            revert IConsents.Consents_NotController(subject, controller, msg.sender);
        }
    }

    function onlyCovered(bytes32 id, IConsents.Consent calldata terms, IConsents.Request calldata request)
        private
        pure
    {
        if (terms.grantee != request.grantee) {
            revert IConsents.Consents_WrongGrantee(id, terms.grantee, request.grantee);
        }
        bool named = terms.recipient == 0 || terms.recipient == request.recipient;
        if (!named) revert IConsents.Consents_WrongRecipient(id, terms.recipient, request.recipient);
        if (request.time < terms.validFrom) revert IConsents.Consents_NotYetValid(id, terms.validFrom, request.time);
        if (!(request.time < terms.validUntil)) {
            revert IConsents.Consents_Expired(id, terms.validUntil, request.time);
        }
        if (bitsIn(request.purpose) != 1 || bitsIn(request.categories) == 0 || bitsIn(request.action) == 0) {
            revert IConsents.Consents_InvalidRequest(id, request.categories, request.purpose, request.action);
        }
        uint256 missing = lacking(request.categories, terms.categories);
        if (missing > 0) revert IConsents.Consents_CategoriesNotCovered(id, uint32(missing));
        missing = lacking(request.sensitive, terms.sensitive);
        if (missing > 0) revert IConsents.Consents_SensitiveNotCovered(id, uint16(missing));
        if (lacking(request.purpose, terms.purposes) > 0) {
            revert IConsents.Consents_PurposeNotCovered(id, request.purpose);
        }
        missing = lacking(request.action, terms.actions);
        if (missing > 0) revert IConsents.Consents_ActionNotCovered(id, uint16(missing));
    }

    function onlyLedgerAgrees(bytes32 id, IConsents.Consent calldata terms) private view {
        if (refused[terms.subject][terms.index]) {
            revert IConsents.Consents_Revoked(id, terms.subject, terms.index);
        }
        onlyCurrentEpoch(id, terms);
        if (!DIRECTORY.isActive(terms.grantee)) revert IConsents.Consents_InactiveGrantee(id, terms.grantee);
    }

    function onlyCurrentEpoch(bytes32 id, IConsents.Consent calldata terms) private view {
        uint32 current = SUBJECTS.epochOf(terms.subject);
        if (terms.epoch != current) revert IConsents.Consents_WrongEpoch(id, terms.epoch, current);
    }

    function onlyStandingChain(address subject, IProxies.Link[] calldata chain) private view {
        if (chain.length < 1 || chain.length > 3) revert IProxies.Proxies_InvalidDepth(chain.length);
        for (uint256 i = 0; i < chain.length; i++) {
            IProxies.Proxy memory terms = chain[i].terms;
            bytes32 id = proxyDigest(terms);
            bytes32 parent = i == 0 ? bytes32(0) : proxyDigest(chain[i - 1].terms);
            uint32 epoch = SUBJECTS.epochOf(subject);
            if (terms.subject != subject) revert IProxies.Proxies_WrongSubject(id, terms.subject, subject);
            if (terms.epoch != epoch) revert IProxies.Proxies_WrongEpoch(id, terms.epoch, epoch);
            if (terms.parent != parent) revert IProxies.Proxies_WrongParent(id, terms.parent, parent);
            if (refused[subject][terms.index]) revert IProxies.Proxies_Revoked(id, subject, terms.index);
            address signer = SUBJECTS.controllerOf(subject);
            if (i > 0) {
                signer = chain[i - 1].terms.proxy;
                onlyNotTakenBack(chain[i - 1].terms, id, terms.index);
                onlyWithin(id, terms, chain[i - 1].terms);
            }
            if (!signedBy(signer, id, chain[i].signature)) revert IProxies.Proxies_InvalidSignature(id, signer);
        }
    }

    function onlyNotTakenBack(IProxies.Proxy memory giver, bytes32 id, uint32 index) private view {
        address space = spaceOf(giver.proxy, proxyDigest(giver));
        if (refused[space][index]) revert IProxies.Proxies_Revoked(id, space, index);
    }

    function onlyWithin(bytes32 id, IProxies.Proxy memory inner, IProxies.Proxy memory outer) private view {
        uint256 categories = lacking(inner.categories, outer.categories);
        uint256 sensitive = lacking(inner.sensitive, outer.sensitive);
        uint256 purposes = lacking(inner.purposes, outer.purposes);
        uint256 actions = lacking(inner.actions, outer.actions);
        bytes32 outerId = proxyDigest(outer);
        if (categories + sensitive + purposes + actions > 0) {
            revert IProxies.Proxies_Broader(
                id, outerId, uint32(categories), uint16(sensitive), uint32(purposes), uint16(actions)
            );
        }
        bool longer = inner.validFrom < outer.validFrom || inner.validUntil > outer.validUntil;
        if (longer) revert IProxies.Proxies_Longer(id, outerId, outer.validFrom, outer.validUntil);
    }

    function asProxy(IConsents.Consent calldata terms) private pure returns (IProxies.Proxy memory scope) {
        scope.categories = terms.categories;
        scope.sensitive = terms.sensitive;
        scope.purposes = terms.purposes;
        scope.actions = terms.actions;
        scope.validFrom = terms.validFrom;
        scope.validUntil = terms.validUntil;
    }

    /// @dev The bits of `asked` that `given` has not, counted one by one.
    function lacking(uint256 asked, uint256 given) private pure returns (uint256 missing) {
        for (uint256 i = 0; i < 32; i++) {
            if ((asked / 2 ** i) % 2 == 1 && (given / 2 ** i) % 2 == 0) missing += 2 ** i;
        }
    }

    function bitsIn(uint256 mask) private pure returns (uint256 count) {
        for (; mask > 0; mask /= 2) {
            count += mask % 2;
        }
    }
}
