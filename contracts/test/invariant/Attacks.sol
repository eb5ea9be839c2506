// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {World} from "./World.sol";

/// @notice What must not work, tried at any moment: each attempt is refused with exactly the expected error.
abstract contract Attacks is World {
    /// @dev An index that no consent here has.
    uint32 private constant LAST_INDEX = type(uint32).max;

    /// @dev Consortium, pauser, organisations, a patient's guardian, proxies, other patients: all but the controller.
    function intruder(uint256 seed, address subject) internal view returns (address who) {
        address[9] memory all = [
            council, guardian, aldhelm, board, stranger, joao, addressOf("Ana"), addressOf("parent"), address(authority)
        ];
        who = all[seed % 9];
        if (who == subject || who == controller(subject)) who = stranger;
    }

    function attackWrongCaller(uint256 seed) external {
        address subject = subjectAt(seed);
        address who = intruder(seed >> 8, subject);
        address holder = controller(subject);
        bytes memory refusal = abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, subject, holder, who);
        attack(who, Core.Subjects, abi.encodeCall(subjects.rotate, (subject, who)), refusal);
        attack(who, Core.Subjects, abi.encodeCall(subjects.revokeAll, (subject)), refusal);
        attack(who, Core.Subjects, abi.encodeCall(subjects.setGuardians, (subject, keccak256("own"))), refusal);
        (, uint48 waits) = subjects.recoveryOf(subject);
        bytes memory veto = abi.encodeCall(subjects.vetoRecovery, (subject));
        bytes memory none = abi.encodeWithSelector(IGuardians.Guardians_NoRecovery.selector, subject);
        attack(who, Core.Subjects, veto, waits == 0 ? none : refusal);
        refusal = abi.encodeWithSelector(IConsents.Consents_NotController.selector, subject, holder, who);
        attack(who, Core.Consents, abi.encodeCall(consents.revoke, (subject, 0)), refusal);
        attack(who, Core.Consents, abi.encodeCall(consents.revokeMany, (subject, 0, type(uint256).max)), refusal);
    }

    function attackWithReplay(uint256 seed) external {
        if (spent.length == 0) return;
        Spent memory old = spent[seed % spent.length];
        address who = old.core == Core.Consents ? board : stranger;
        (bool done, bytes memory answer) = act(who, old.core, old.data);
        bool expected = bytes4(answer) == old.refusal || (old.orElse != 0 && bytes4(answer) == old.orElse);
        if (done || !expected) revert NotAsExpected(old.data, done, answer);
        attacksRefused++;
    }

    /// @dev Another key, a wrong nonce, a passed deadline, the upper half of s, a wallet's word for a plain account.
    function attackWithSignature(uint256 seed) external {
        address subject = subjectAt(seed);
        address holder = controller(subject);
        uint64 nonce = acts[subject];
        bytes32 kind = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
        bytes32 digest = onSubjects(abi.encode(kind, subject, nonce, LATE));
        bytes memory refusal =
            abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, subject, holder, nonce);
        bytes memory by = signed(keyOf("stranger"), digest);
        attack(stranger, Core.Subjects, abi.encodeCall(subjects.revokeAllBySig, (subject, LATE, by)), refusal);
        by = ofController(subject, onSubjects(abi.encode(kind, subject, nonce + 1, LATE)));
        attack(stranger, Core.Subjects, abi.encodeCall(subjects.revokeAllBySig, (subject, LATE, by)), refusal);
        by = upperHalf(keyOfController(holder), digest);
        if (holder != wallet) {
            attack(stranger, Core.Subjects, abi.encodeCall(subjects.revokeAllBySig, (subject, LATE, by)), refusal);
        }
        uint48 past = uint48(block.timestamp - 1);
        by = ofController(subject, onSubjects(abi.encode(kind, subject, nonce, past)));
        refusal =
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, subject, past, uint48(block.timestamp));
        attack(stranger, Core.Subjects, abi.encodeCall(subjects.revokeAllBySig, (subject, past, by)), refusal);
        // A refusal meant for another index, and one by somebody who has nothing to do with it.
        by = ofController(
            subject, onConsents(abi.encode(keccak256("Revoke(address subject,uint32 index)"), subject, 9))
        );
        refusal = abi.encodeWithSelector(IConsents.Consents_InvalidRevocation.selector, subject, uint32(8), holder);
        attack(stranger, Core.Consents, abi.encodeCall(consents.revokeBySig, (subject, 8, by)), refusal);
    }

    function upperHalf(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        return abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// @dev One guardian alone, the wrong set, and a recovery before its time.
    function attackAsGuardian(uint256 seed) external {
        address subject = subjectAt(seed);
        IGuardians.GuardianSet memory set = family();
        bytes32 kind = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
        bytes[] memory by = ofFamily(onSubjects(abi.encode(kind, subject, epochs[subject], LATE)));
        bytes memory refusal;
        if (guarded(subject)) {
            by[seed >> 8 & 1] = "";
            refusal = abi.encodeWithSelector(IGuardians.Guardians_TooFewSignatures.selector, subject, 1, uint8(2));
        } else {
            bytes32 opened = subjects.guardianCommitment(subject, set);
            refusal = abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, subject, opened);
        }
        bytes memory data = abi.encodeCall(subjects.revokeAllByGuardians, (subject, LATE, set, by));
        attack(stranger, Core.Subjects, data, refusal);

        (, uint48 readyAt) = subjects.recoveryOf(subject);
        data = abi.encodeCall(subjects.executeRecovery, (subject));
        uint48 time = uint48(block.timestamp);
        if (readyAt == 0) {
            refusal = abi.encodeWithSelector(IGuardians.Guardians_NoRecovery.selector, subject);
            attack(stranger, Core.Subjects, data, refusal);
        } else if (time < readyAt) {
            refusal = abi.encodeWithSelector(IGuardians.Guardians_NotReady.selector, subject, readyAt, time);
            attack(stranger, Core.Subjects, data, refusal);
        }
    }

    /// @dev A consent that is dead, of another epoch, for another organisation, or read wider than it was signed.
    function attackConsent(uint256 seed) external {
        if (given.length == 0) return;
        Given memory one = given[seed % given.length];
        if (one.byProxy) return;
        IConsents.Request memory request = asked(one.terms, one.terms.validFrom);
        bytes32 id = consents.digest(one.terms);
        if (one.dead) {
            bytes memory refusal = consents.isRevoked(one.terms.subject, one.terms.index)
                ? abi.encodeWithSelector(IConsents.Consents_Revoked.selector, id, one.terms.subject, one.terms.index)
                : abi.encodeWithSelector(
                    IConsents.Consents_WrongEpoch.selector, id, one.terms.epoch, epochs[one.terms.subject]
                );
            refused(abi.encodeCall(consents.check, (one.terms, one.signature, request)), refusal);
        }
        request.grantee = 3;
        refused(
            abi.encodeCall(consents.check, (one.terms, one.signature, request)),
            abi.encodeWithSelector(IConsents.Consents_WrongGrantee.selector, id, one.terms.grantee, uint32(3))
        );
        request.grantee = one.terms.grantee;
        request.categories = 0xffff;
        refused(
            abi.encodeCall(consents.check, (one.terms, one.signature, request)),
            abi.encodeWithSelector(IConsents.Consents_CategoriesNotCovered.selector, id, 0xffff & ~one.terms.categories)
        );
    }

    function refused(bytes memory data, bytes memory refusal) private {
        (bool done, bytes memory answer) = ask(Core.Consents, data);
        if (done || keccak256(answer) != keccak256(refusal)) revert NotAsExpected(data, done, answer);
        attacksRefused++;
    }

    /// @dev A proxy that gives more than it has, or refuses for the patient what it did not sign.
    function attackAsProxy(uint256 seed) external {
        if (chainCount == 0) return;
        uint256 number = seed % chainCount;
        if (chainDead[number]) return;
        IProxies.Link[] memory chain = chains[number];
        IProxies.Proxy memory last = chain[chain.length - 1].terms;
        IConsents.Consent memory terms = beyond(last);
        bytes32 id = consents.digest(terms);
        bytes memory by = signed(keyOf(chain.length == 1 ? "parent" : "carer"), id);
        bytes memory data = abi.encodeCall(consents.checkByProxy, (terms, by, chain, asked(terms, terms.validFrom)));
        refused(data, directory.isActive(1) ? broader(id, consents.proxyDigest(last)) : inactive(id));
        // Made up by the proxy, so that it could refuse another's consent of the same index.
        data = abi.encodeCall(consents.revokeAsProxy, (terms, by, chain, ""));
        address holder = controller(last.subject);
        bytes memory refusal = abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, holder);
        attack(last.proxy, Core.Consents, data, refusal);
    }

    function beyond(IProxies.Proxy memory last) private pure returns (IConsents.Consent memory terms) {
        (terms.subject, terms.epoch, terms.index) = (last.subject, last.epoch, LAST_INDEX);
        (terms.grantee, terms.categories, terms.purposes, terms.actions) = (1, last.categories | 0x100, 1, 1);
        (terms.validFrom, terms.validUntil) = (last.validFrom, last.validUntil);
    }

    function inactive(bytes32 id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IConsents.Consents_InactiveGrantee.selector, id, uint32(1));
    }

    function broader(bytes32 id, bytes32 link) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IProxies.Proxies_Broader.selector, id, link, uint32(0x100), uint16(0), uint32(0), uint16(0)
        );
    }

    function attackEmergency(uint256 seed) external {
        (uint32 id, address operator) = seed & 1 == 0 ? (uint32(1), aldhelm) : (uint32(2), luz);
        bytes memory declare = abi.encodeCall(consents.declareEmergency, (QUOTA, 1, 1, bytes32(seed)));
        uint48 paused = authority.pausedUntil(address(consents), consents.declareEmergency.selector);
        bytes memory refusal = abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, stranger);
        if (paused != 0) {
            refusal = abi.encodeWithSelector(
                IAuthority.Authority_Paused.selector, address(consents), consents.declareEmergency.selector, paused
            );
        }
        attack(stranger, Core.Consents, declare, refusal);
        if (directory.organizationOf(operator) != 0 && paused == 0) {
            uint8 quota = directory.organization(id).emergencyQuota;
            refusal = abi.encodeWithSelector(IEmergencies.Emergencies_NoSuchSlot.selector, id, QUOTA, quota);
            attack(operator, Core.Consents, declare, refusal);
        }
        IEmergencies.Emergency memory last = consents.emergency(id, 0);
        if (last.declaredAt == 0) return;
        bytes memory review =
            abi.encodeCall(consents.reviewEmergency, (id, 0, last.declaredAt, IEmergencies.Outcome.Justified));
        if (directory.organizationOf(operator) != 0) {
            refusal = abi.encodeWithSelector(IEmergencies.Emergencies_NotReviewer.selector, id, uint16(1));
            attack(operator, Core.Consents, review, refusal);
        }
        if (block.timestamp < last.until) {
            refusal = abi.encodeWithSelector(IEmergencies.Emergencies_StillOpen.selector, id, uint8(0), last.until);
            attack(board, Core.Consents, review, refusal);
        }
    }

    function attackLog(uint256 seed) external {
        (uint32 id, address operator) = seed & 1 == 0 ? (uint32(1), aldhelm) : (uint32(2), luz);
        uint8 stream = uint8((seed >> 8) % 2);
        uint64 size = reached[id][stream];
        uint64 less = size == 0 ? 0 : uint64((seed >> 16) & 1);
        ICheckpoints.Checkpoint memory again = ICheckpoints.Checkpoint(bytes32(seed), size - less);
        bytes memory data = abi.encodeCall(checkpoints.post, (stream, again));
        bytes memory refusal = abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, stranger);
        attack(stranger, Core.Checkpoints, data, refusal);
        refusal = directory.organizationOf(operator) == 0
            ? abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, operator)
            : abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, id, stream, size, again.size);
        attack(operator, Core.Checkpoints, data, refusal);
    }
}
