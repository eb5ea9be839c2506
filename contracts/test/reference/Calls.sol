// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {PairBase} from "./PairBase.sol";

/// @notice Any call with any arguments out of a small world, so that calls meet each other's effects: right and wrong
/// callers and keys, present and past epochs and nonces, deadlines on both sides of now.
abstract contract Calls is PairBase {
    uint256 private luck;

    function shuffle(uint256 seed) internal {
        luck = seed;
    }

    /// @notice A number below `n`.
    function below(uint256 n) internal returns (uint256) {
        luck = uint256(keccak256(abi.encode(luck)));
        return luck % n;
    }

    /// @dev True in one case of `n`.
    function once(uint256 n) internal returns (bool) {
        return below(n) == 0;
    }

    function anySubject() internal returns (address) {
        return [maria, joao, wallet][below(3)];
    }

    function anyCaller() internal returns (address) {
        return [maria, joao, wallet, phone, aldhelm, luz, board, council, guardian, stranger][below(10)];
    }

    function keyFor(address who) internal view returns (uint256) {
        if (who == maria || who == wallet) return mariaKey;
        if (who == joao) return keyOf("Joao");
        if (who == phone) return keyOf("phone 2");
        if (who == aldhelm) return keyOf("St. Aldhelm Hospital");
        if (who == luz) return keyOf("Hospital da Luz Nova");
        return keyOf("stranger");
    }

    /// @dev Mostly what `signer` would sign; sometimes another's, in another form, cut short or empty.
    function signature(address signer, bytes32 digest) internal returns (bytes memory made) {
        uint256 key = once(8) ? keyOf("stranger") : keyFor(signer);
        made = once(3) ? signedCompact(key, digest) : signed(key, digest);
        if (once(20)) made = "";
        if (once(20) && made.length > 0) made[below(made.length)] ^= 0x01;
    }

    function controllerOrAny(address subject) internal returns (address) {
        return once(4) ? anyCaller() : subjects.controllerOf(subject);
    }

    function deadline() internal returns (uint48) {
        return uint48(block.timestamp + 2 - below(4));
    }

    function nonce(address subject) internal returns (uint64) {
        uint64 now_ = subjects.nonceOf(subject);
        return now_ > 0 && once(8) ? now_ - 1 : now_;
    }

    function typedFor(string memory name, address verifier, bytes memory data) internal returns (bytes32) {
        bytes32 digest = typedDigest(name, once(20) ? address(this) : verifier, keccak256(data));
        return digest;
    }

    function onSubjects(bytes memory data) internal returns (bytes32) {
        return typedFor("Anamnesis Subjects", address(subjects), data);
    }

    function onConsents(bytes memory data) internal returns (bytes32) {
        return typedFor("Anamnesis Consents", address(consents), data);
    }

    function guardianKeys() internal pure returns (uint256[2] memory keys) {
        keys = [keyOf("Ana"), keyOf("Bento")];
        if (vm.addr(keys[0]) > vm.addr(keys[1])) (keys[0], keys[1]) = (keys[1], keys[0]);
    }

    function family() internal returns (IGuardians.GuardianSet memory set) {
        uint256[2] memory keys = guardianKeys();
        set.guardians = new address[](2);
        (set.guardians[0], set.guardians[1]) = (vm.addr(keys[0]), vm.addr(keys[1]));
        if (once(10)) set.guardians[1] = set.guardians[0];
        set.threshold = uint8(once(10) ? below(4) : 2);
        set.delay = once(10) ? 1 hours : 1 days;
    }

    function guardianSignatures(bytes32 digest) internal returns (bytes[] memory signatures) {
        uint256[2] memory keys = guardianKeys();
        signatures = new bytes[](once(15) ? 1 : 2);
        for (uint256 i = 0; i < signatures.length; i++) {
            if (!once(10)) signatures[i] = signed(once(12) ? keyOf("stranger") : keys[i], digest);
        }
    }

    function anyIndex() internal returns (uint32) {
        return uint32([0, 1, 255, 256, 257, type(uint32).max][below(6)]);
    }

    function terms(address subject) internal returns (IConsents.Consent memory made) {
        made.subject = subject;
        made.epoch = subjects.epochOf(subject);
        if (once(8)) made.epoch ^= 1;
        made.index = anyIndex();
        made.grantee = uint32(1 + below(2));
        (made.categories, made.sensitive) = (uint32(1 + below(7)), uint16(below(4)));
        (made.purposes, made.actions) = (uint32(1 + below(3)), uint16(1 + below(3)));
        (made.validFrom, made.validUntil) = (START + uint48(below(3)), START + 1 + uint48(below(400 days)));
        if (once(5)) made.recipient = keccak256("Practitioner/1");
    }

    function request(IConsents.Consent memory made) internal returns (IConsents.Request memory asked) {
        asked.grantee = once(8) ? 3 : made.grantee;
        asked.recipient = once(4) ? bytes32(0) : keccak256("Practitioner/1");
        asked.categories = once(5) ? uint32(below(16)) : made.categories;
        asked.sensitive = once(5) ? uint16(below(8)) : made.sensitive;
        asked.purpose = uint32([1, 2, 1, 2, 3, 0, 4][below(7)]);
        asked.action = once(5) ? uint16(below(4)) : made.actions;
        asked.time = once(6) ? made.validUntil : once(6) ? made.validFrom : uint48(block.timestamp);
    }

    /// @dev One or two links from the subject to `phone` and on to the stranger, with scopes near those of `terms`.
    function chain(address subject) internal returns (IProxies.Link[] memory links) {
        links = new IProxies.Link[](below(12) == 0 ? below(5) : 1 + below(2));
        address[4] memory holders = [phone, joao, stranger, aldhelm];
        for (uint256 i = 0; i < links.length; i++) {
            IProxies.Proxy memory link;
            link.subject = once(15) ? stranger : subject;
            link.epoch = subjects.epochOf(subject);
            if (once(15)) link.epoch ^= 1;
            link.index = once(3) ? anyIndex() : uint32(1000 + i);
            link.proxy = holders[i];
            if (i > 0 && !once(15)) link.parent = consents.proxyDigest(links[i - 1].terms);
            (link.categories, link.sensitive) = (once(4) ? 3 : 7, once(4) ? 1 : 3);
            (link.purposes, link.actions) = (once(4) ? 1 : 3, once(4) ? 1 : 3);
            (link.validFrom, link.validUntil) = (START, START + 400 days - uint48(below(3)));
            if (once(10)) link.validUntil = uint48(block.timestamp);
            address signer = i == 0 ? subjects.controllerOf(subject) : holders[i - 1];
            links[i] = IProxies.Link(link, signature(signer, consents.proxyDigest(link)));
        }
    }

    function lastProxy(IProxies.Link[] memory links) internal view returns (address) {
        return links.length == 0 ? stranger : links[links.length - 1].terms.proxy;
    }

    function checkpoint() internal returns (ICheckpoints.Checkpoint memory) {
        uint64 size = once(20) ? type(uint64).max - uint64(below(2)) : uint64(below(40));
        return ICheckpoints.Checkpoint(keccak256(abi.encode(below(3))), size);
    }

    function signedCheckpoint(uint32 organization, uint8 stream)
        internal
        returns (ICheckpoints.SignedCheckpoint memory made)
    {
        (uint64 size,) = checkpoints.latest(organization, stream);
        (made.root, made.size) = (keccak256(abi.encode(below(3))), once(4) ? uint64(below(40)) : size);
        bytes32 kind = keccak256("Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)");
        bytes memory data = abi.encode(kind, organization, stream, made.root, made.size);
        bytes32 digest = typedFor("Anamnesis Checkpoints", address(checkpoints), data);
        made.signature = signature(organization == 1 ? aldhelm : luz, digest);
    }
}
