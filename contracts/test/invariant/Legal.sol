// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {World} from "./World.sol";

/// @notice What people and organisations do rightfully: every call here must work. Where the world does not let them, they
/// do not try.
abstract contract Legal is World {
    bytes32 private constant REVOKE = keccak256("Revoke(address subject,uint32 index)");

    // ---------------------------------------------------------------------------------------------------- the patient

    function signConsent(uint256 seed) external {
        address subject = subjectAt(seed);
        IConsents.Consent memory terms = newTerms(subject, seed);
        bytes memory by = ofController(subject, consents.digest(terms));
        keep(Given(terms, by, controller(subject), false, false, 0), seed);
    }

    function newTerms(address subject, uint256 seed) internal returns (IConsents.Consent memory terms) {
        terms.subject = subject;
        terms.epoch = epochs[subject];
        terms.index = freshIndex(subject);
        terms.grantee = uint32(1 + (seed >> 8) % 2);
        (terms.categories, terms.sensitive) = (uint32(1 + (seed >> 16) % 15), uint16((seed >> 24) % 4));
        (terms.purposes, terms.actions) = (uint32(1 + (seed >> 32) % 7), uint16(1 + (seed >> 40) % 3));
        terms.validFrom = uint48(block.timestamp + (seed >> 48) % 2 days);
        terms.validUntil = terms.validFrom + 1 + uint48((seed >> 64) % 30 days);
        terms.salt = bytes32(seed);
    }

    /// @dev By the controller, by its signature, many at once, or by guardians.
    function refuse(uint256 seed) external {
        if (given.length == 0) return;
        IConsents.Consent memory terms = given[seed % given.length].terms;
        (address subject, uint32 index) = (terms.subject, terms.index);
        uint256 way = (seed >> 32) % 4;
        bytes memory data;
        if (way == 0) {
            data = abi.encodeCall(consents.revoke, (subject, index));
        } else if (way == 1) {
            bytes memory by = ofController(subject, onConsents(abi.encode(REVOKE, subject, index)));
            data = abi.encodeCall(consents.revokeBySig, (subject, index, by));
        } else if (way == 2 || !guarded(subject)) {
            data = abi.encodeCall(consents.revokeMany, (subject, uint24(index / 256), uint256(1) << (index % 256)));
        } else {
            bytes[] memory by = ofFamily(onConsents(abi.encode(REVOKE, subject, index)));
            data = abi.encodeCall(consents.revokeByGuardians, (subject, index, family(), by));
        }
        legal(way == 0 || way >= 2 ? controller(subject) : relayer, Core.Consents, data, subject);
        if (authority.pausedUntil(address(consents), consents.declareEmergency.selector) != 0) refusalsInPause++;
        voidIndex(subject, index);
    }

    function revokeAll(uint256 seed) external {
        address subject = subjectAt(seed);
        uint256 way = (seed >> 8) % 3;
        if (way == 0) {
            legal(controller(subject), Core.Subjects, abi.encodeCall(subjects.revokeAll, (subject)), subject);
        } else if (way == 1 || !guarded(subject)) {
            bytes32 kind = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
            bytes memory by = ofController(subject, onSubjects(abi.encode(kind, subject, acts[subject], LATE)));
            bytes memory data = abi.encodeCall(subjects.revokeAllBySig, (subject, LATE, by));
            legal(relayer, Core.Subjects, data, subject);
            spend(Core.Subjects, data, ISubjects.Subjects_InvalidSignature.selector, 0);
        } else {
            bytes32 kind = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
            bytes[] memory by = ofFamily(onSubjects(abi.encode(kind, subject, epochs[subject], LATE)));
            bytes memory data = abi.encodeCall(subjects.revokeAllByGuardians, (subject, LATE, family(), by));
            legal(relayer, Core.Subjects, data, subject);
            spend(
                Core.Subjects,
                data,
                IGuardians.Guardians_InvalidSignature.selector,
                IGuardians.Guardians_WrongSet.selector
            );
            voidAll(subject);
            return;
        }
        acts[subject]++;
        voidAll(subject);
    }

    function rotate(uint256 seed) external {
        address subject = subjectAt(seed);
        address next = keys[(seed >> 8) % 5];
        if (seed >> 16 & 1 == 0) {
            legal(controller(subject), Core.Subjects, abi.encodeCall(subjects.rotate, (subject, next)), subject);
        } else {
            bytes32 kind = keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
            bytes memory by = ofController(subject, onSubjects(abi.encode(kind, subject, next, acts[subject], LATE)));
            bytes memory data = abi.encodeCall(subjects.rotateBySig, (subject, next, LATE, by));
            legal(relayer, Core.Subjects, data, subject);
            spend(Core.Subjects, data, ISubjects.Subjects_InvalidSignature.selector, 0);
        }
        acts[subject]++;
        voidAll(subject);
    }

    // -------------------------------------------------------------------------------------------------- the guardians

    function setGuardians(uint256 seed) external {
        address subject = subjectAt(seed);
        bytes32 commitment = seed >> 8 & 3 == 0 ? bytes32(0) : subjects.guardianCommitment(subject, family());
        if (seed >> 16 & 1 == 0) {
            bytes memory direct = abi.encodeCall(subjects.setGuardians, (subject, commitment));
            legal(controller(subject), Core.Subjects, direct, subject);
        } else {
            bytes32 kind = keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
            bytes memory by =
                ofController(subject, onSubjects(abi.encode(kind, subject, commitment, acts[subject], LATE)));
            bytes memory data = abi.encodeCall(subjects.setGuardiansBySig, (subject, commitment, LATE, by));
            legal(relayer, Core.Subjects, data, subject);
            spend(Core.Subjects, data, ISubjects.Subjects_InvalidSignature.selector, 0);
        }
        acts[subject]++;
    }

    function startRecovery(uint256 seed) external {
        address subject = subjectAt(seed);
        (, uint48 waits) = subjects.recoveryOf(subject);
        if (!guarded(subject) || waits != 0) return;
        address next = keys[(seed >> 8) % 5];
        bytes32 kind = keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
        uint48 latest = uint48(block.timestamp) + 30 days;
        bytes[] memory by = ofFamily(onSubjects(abi.encode(kind, subject, next, acts[subject], latest)));
        bytes memory data = abi.encodeCall(subjects.startRecovery, (subject, next, latest, family(), by));
        legal(relayer, Core.Subjects, data, subject);
    }

    function endRecovery(uint256 seed) external {
        address subject = subjectAt(seed);
        (, uint48 readyAt) = subjects.recoveryOf(subject);
        if (readyAt == 0) return;
        if (seed >> 8 & 3 == 0) {
            legal(controller(subject), Core.Subjects, abi.encodeCall(subjects.vetoRecovery, (subject)), subject);
        } else {
            if (block.timestamp < readyAt) vm.warp(readyAt);
            legal(stranger, Core.Subjects, abi.encodeCall(subjects.executeRecovery, (subject)), subject);
            voidAll(subject);
        }
        acts[subject]++;
    }

    // ---------------------------------------------------------------------------------------------------- the proxies

    function nameProxy(uint256 seed) external {
        if (chainCount >= 2 * MOST) return;
        address subject = subjectAt(seed);
        IProxies.Proxy memory first;
        (first.subject, first.epoch, first.index) = (subject, epochs[subject], freshIndex(subject));
        (first.proxy, first.categories, first.sensitive) =
        (addressOf("parent"), uint32(7 | (((seed >> 8) % 8) << 3)), 3);
        (first.purposes, first.actions) = (7, 3);
        (first.validFrom, first.validUntil) = (uint48(block.timestamp), uint48(block.timestamp + 20 days));
        IProxies.Link[] storage chain = chains[chainCount++];
        chain.push(IProxies.Link(first, ofController(subject, consents.proxyDigest(first))));
        if (seed >> 16 & 1 == 0) return;
        IProxies.Proxy memory second = first;
        (second.index, second.proxy) = (freshIndex(subject), addressOf("carer"));
        (second.parent, second.categories) = (consents.proxyDigest(chain[0].terms), 7);
        second.validUntil -= 1 days;
        chain.push(IProxies.Link(second, signed(keyOf("parent"), consents.proxyDigest(second))));
    }

    /// @dev A consent by the last proxy, within its scope.
    function signAsProxy(uint256 seed) external {
        if (chainCount == 0) return;
        uint256 number = chainCount - 1 - (seed % chainCount) / 4;
        if (chainDead[number]) return;
        IProxies.Link[] memory chain = chains[number];
        IProxies.Proxy memory last = chain[chain.length - 1].terms;
        IConsents.Consent memory terms = newTerms(last.subject, seed);
        terms.epoch = last.epoch;
        (terms.categories, terms.purposes) = (terms.categories & last.categories, terms.purposes & last.purposes);
        if (terms.categories == 0) terms.categories = 1;
        (terms.validFrom, terms.validUntil) = (last.validFrom, last.validUntil - uint48((seed >> 64) % 10 days));
        bytes memory by = signed(keyOf(chain.length == 1 ? "parent" : "carer"), consents.digest(terms));
        keep(Given(terms, by, last.proxy, false, true, number), seed);
    }

    function removeProxy(uint256 seed) external {
        if (chainCount == 0) return;
        IProxies.Link[] memory chain = chains[seed % chainCount];
        IProxies.Proxy memory link = chain[(seed >> 8) % chain.length].terms;
        bytes memory data = abi.encodeCall(consents.revoke, (link.subject, link.index));
        legal(controller(link.subject), Core.Consents, data, link.subject);
        voidIndex(link.subject, link.index);
    }

    // ----------------------------------------------------------------------------------------------- the organisations

    function declare(uint256 seed) external {
        (uint32 id, address operator) = seed & 1 == 0 ? (uint32(1), aldhelm) : (uint32(2), luz);
        bool paused = authority.pausedUntil(address(consents), consents.declareEmergency.selector) != 0;
        if (paused || directory.organizationOf(operator) == 0) return;
        for (uint8 slot = 0; slot < directory.organization(id).emergencyQuota; slot++) {
            IEmergencies.Emergency memory last = consents.emergency(id, slot);
            bool open = last.declaredAt != 0 && last.outcome == IEmergencies.Outcome.Open;
            if (open || block.timestamp < uint256(last.declaredAt) + 1 days) continue;
            uint8 boxHours = uint8(1 + (seed >> 8) % 24);
            bytes memory data = abi.encodeCall(consents.declareEmergency, (slot, 1, boxHours, bytes32(seed)));
            legal(operator, Core.Consents, data, address(0));
            declaredAt[id].push(block.timestamp);
            return;
        }
    }

    function endEmergency(uint256 seed) external {
        (uint32 id, address operator) = seed & 1 == 0 ? (uint32(1), aldhelm) : (uint32(2), luz);
        if (directory.organizationOf(operator) == 0) return;
        for (uint8 slot = 0; slot < QUOTA; slot++) {
            if (consents.emergency(id, slot).until <= block.timestamp) continue;
            legal(operator, Core.Consents, abi.encodeCall(consents.endEmergency, (slot)), address(0));
            return;
        }
    }

    function review(uint256 seed) external {
        uint32 id = uint32(1 + seed % 2);
        for (uint8 slot = 0; slot < QUOTA; slot++) {
            IEmergencies.Emergency memory last = consents.emergency(id, slot);
            bool open = last.declaredAt != 0 && last.outcome == IEmergencies.Outcome.Open;
            if (!open || block.timestamp < last.until) continue;
            IEmergencies.Outcome outcome = IEmergencies.Outcome(1 + (seed >> 16) % 2);
            bytes memory data = abi.encodeCall(consents.reviewEmergency, (id, slot, last.declaredAt, outcome));
            legal(board, Core.Consents, data, address(0));
            spend(
                Core.Consents,
                data,
                IEmergencies.Emergencies_AlreadyReviewed.selector,
                IEmergencies.Emergencies_OtherDeclaration.selector
            );
            return;
        }
    }

    function post(uint256 seed) external {
        (uint32 id, address operator) = seed & 1 == 0 ? (uint32(1), aldhelm) : (uint32(2), luz);
        if (directory.organizationOf(operator) == 0) return;
        uint8 stream = uint8((seed >> 8) % 2);
        uint64 size = reached[id][stream] + 1 + uint64((seed >> 16) % 5);
        bytes32 root = keccak256(abi.encode(seed));
        bytes memory data;
        if (seed >> 32 & 1 == 0) {
            data = abi.encodeCall(checkpoints.post, (stream, ICheckpoints.Checkpoint(root, size)));
        } else {
            ICheckpoints.StreamCheckpoint[] memory many = new ICheckpoints.StreamCheckpoint[](2);
            many[0] = ICheckpoints.StreamCheckpoint(stream, root, size);
            many[1] = ICheckpoints.StreamCheckpoint(stream, keccak256(abi.encode(root)), ++size);
            data = abi.encodeCall(checkpoints.postMany, (many));
        }
        legal(operator, Core.Checkpoints, data, address(0));
        reached[id][stream] = size;
    }

    function accuse(uint256 seed) external {
        uint8 stream = uint8(seed % 2);
        (uint48 time,) = checkpoints.equivocatedAt(1, stream);
        if (time != 0) return;
        ICheckpoints.SignedCheckpoint[2] memory sides;
        for (uint256 i = 0; i < 2; i++) {
            bytes32 root = keccak256(abi.encode(seed, i));
            sides[i] = ICheckpoints.SignedCheckpoint(
                root, 9, signed(keyOf("St. Aldhelm Hospital"), checkpoints.digest(1, stream, root, 9))
            );
        }
        bytes memory data = abi.encodeCall(checkpoints.recordTwoRoots, (1, stream, sides[0], sides[1]));
        legal(stranger, Core.Checkpoints, data, address(0));
        spend(Core.Checkpoints, data, ICheckpoints.Checkpoints_AlreadyRecorded.selector, 0);
    }

    // ------------------------------------------------------------------------------------------------ the consortium

    /// @dev All that can be paused is.
    function pauseEverything(uint256 seed) external {
        address[2] memory targets = [address(consents), address(directory)];
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(guardian);
            try authority.pause(targets[i], 0, bytes32(seed)) {} catch {}
        }
    }

    function suspendOrReinstate(uint256 seed) external {
        uint32 id = uint32(1 + seed % 2);
        bool active = directory.isActive(id);
        vm.prank(council);
        if (active) directory.suspend(id);
        else directory.reinstate(id);
    }

    function setQuota(uint256 seed) external {
        vm.prank(council);
        directory.setEmergencyQuota(uint32(1 + seed % 2), uint8((seed >> 8) % 4));
    }

    function wait(uint256 seed) external {
        vm.warp(block.timestamp + 1 + seed % 2 days);
    }
}
