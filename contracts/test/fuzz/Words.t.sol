// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {CheckpointWord, CheckpointWordLibrary} from "../../src/libraries/CheckpointWord.sol";
import {EmergencyWord, EmergencyWordLibrary} from "../../src/libraries/EmergencyWord.sol";
import {GuardianWord, GuardianWordLibrary} from "../../src/libraries/GuardianWord.sol";
import {OperatorWord, OperatorWordLibrary} from "../../src/libraries/OperatorWord.sol";
import {RecoveryWord, RecoveryWordLibrary} from "../../src/libraries/RecoveryWord.sol";
import {SubjectWord, SubjectWordLibrary} from "../../src/libraries/SubjectWord.sol";
import {Base} from "../Base.sol";

/// @notice Packed words against plain values.
contract WordsFuzzTest is Base {
    function advance(SubjectWord word) external pure returns (SubjectWord) {
        return word.advance();
    }

    function rotate(SubjectWord word, address controller) external pure returns (SubjectWord) {
        return word.rotate(controller);
    }

    function testFuzz_subjectWord_keepsItsParts(address controller, uint32 epoch, uint64 nonce, address subject)
        public
        pure
    {
        SubjectWord word = SubjectWordLibrary.pack(controller, epoch, nonce);
        same(word.controllerOr(subject), controller == address(0) ? subject : controller, "controller");
        same(word.epoch(), epoch, "epoch");
        same(word.nonce(), nonce, "nonce");
    }

    function testFuzz_subjectWord_advancesByOneOrNotAtAll(address controller, uint32 epoch, uint64 nonce) public view {
        SubjectWord word = SubjectWordLibrary.pack(controller, epoch, nonce);
        bool last = epoch == type(uint32).max || nonce == type(uint64).max;
        try this.advance(word) returns (SubjectWord next) {
            isFalse(last, "wrapped round");
            same(next.controllerOr(address(1)), word.controllerOr(address(1)), "controller");
            same(next.epoch(), uint256(epoch) + 1, "epoch");
            same(next.nonce(), uint256(nonce) + 1, "nonce");
        } catch {
            isTrue(last, "stopped early");
        }
        try this.rotate(word, address(2)) returns (SubjectWord next) {
            isFalse(last, "a rotation wrapped round");
            same(next.controllerOr(address(1)), address(2), "new controller");
            same(next.epoch(), uint256(epoch) + 1, "epoch after a rotation");
            same(next.nonce(), uint256(nonce) + 1, "nonce after a rotation");
        } catch {
            isTrue(last, "a rotation stopped early");
        }
    }

    function test_subjectWord_neverWrapsRound() public view {
        testFuzz_subjectWord_advancesByOneOrNotAtAll(address(1), type(uint32).max, 0);
        testFuzz_subjectWord_advancesByOneOrNotAtAll(address(1), 0, type(uint64).max);
        testFuzz_subjectWord_advancesByOneOrNotAtAll(address(1), type(uint32).max - 1, type(uint64).max - 1);
    }

    function raiseNonce(SubjectWord word) external pure returns (SubjectWord) {
        return word.withNextNonce();
    }

    function raiseEpoch(SubjectWord word) external pure returns (SubjectWord) {
        return word.withNextEpoch();
    }

    function testFuzz_subjectWord_raisesOneNumberAlone(address controller, uint32 epoch, uint64 nonce) public view {
        SubjectWord word = SubjectWordLibrary.pack(controller, epoch, nonce);
        try this.raiseNonce(word) returns (SubjectWord next) {
            same(next.controllerOr(address(1)), word.controllerOr(address(1)), "controller");
            same(next.epoch(), epoch, "epoch stays");
            same(next.nonce(), uint256(nonce) + 1, "nonce");
        } catch {
            same(nonce, type(uint64).max, "stopped at the last nonce");
        }
        try this.raiseEpoch(word) returns (SubjectWord next) {
            same(next.controllerOr(address(1)), word.controllerOr(address(1)), "controller");
            same(next.epoch(), uint256(epoch) + 1, "epoch");
            same(next.nonce(), nonce, "nonce stays");
        } catch {
            same(epoch, type(uint32).max, "stopped at the last epoch");
        }
    }

    function test_subjectWord_neverWrapsOneNumber() public view {
        testFuzz_subjectWord_raisesOneNumberAlone(address(1), type(uint32).max, 0);
        testFuzz_subjectWord_raisesOneNumberAlone(address(1), 0, type(uint64).max);
    }

    function testFuzz_guardianWord_keepsItsParts(bytes26 commitment, uint48 from) public pure {
        GuardianWord word = GuardianWordLibrary.pack(commitment, from);
        same(bytes32(word.commitment()), bytes32(commitment), "commitment");
        same(word.from(), from, "from");
    }

    function testFuzz_recoveryWord_keepsItsParts(address controller, uint48 readyAt, uint64 nonce, uint64 other)
        public
        pure
    {
        RecoveryWord word = RecoveryWordLibrary.pack(controller, readyAt, nonce);
        same(word.controller(), controller, "controller");
        same(word.readyAt(), readyAt, "ready at");
        bool exists = controller != address(0);
        isTrue(word.isLive(nonce, readyAt) == exists, "when ready");
        isTrue(word.isLive(nonce, 0) == exists, "before");
        isTrue(word.isLive(nonce, uint256(readyAt) + 30 days - 1) == exists, "in its last second");
        isFalse(word.isLive(nonce, uint256(readyAt) + 30 days), "lapsed");
        isTrue(word.isLive(other, readyAt) == (exists && uint48(other) == uint48(nonce)), "at another nonce");
    }

    function testFuzz_emergencyWord_keepsItsParts(
        bytes32 commitment,
        uint8 reason,
        uint32 declaredAt,
        uint32 until,
        uint32 end,
        uint8 outcome
    ) public pure {
        IEmergencies.Outcome judged = IEmergencies.Outcome(outcome % 3);
        EmergencyWord word = EmergencyWordLibrary.pack(commitment, reason, declaredAt, until);
        same(word.until(), until, "until");
        same(uint8(word.outcome()), 0, "open");
        word = word.withUntil(end).withOutcome(judged);
        same(bytes32(word.commitment()), bytes32(bytes22(commitment)), "commitment");
        same(word.reason(), reason, "reason");
        same(word.declaredAt(), declaredAt, "declared at");
        same(word.until(), end, "new end");
        same(uint8(word.outcome()), uint8(judged), "outcome");
    }

    function testFuzz_operatorWord_keepsItsParts(
        uint32 id,
        uint40 from,
        uint40 until,
        uint16 roles,
        uint40 rolesSince,
        uint8 quota
    ) public pure {
        OperatorWord word = OperatorWordLibrary.pack(id, from, until, roles, rolesSince, quota);
        expectTerm(word, id, from, until);
        expectStanding(word, roles, rolesSince, quota);
        expectSuspension(word, 0, 0);
    }

    function testFuzz_operatorWord_changesOnePartAlone(
        uint256 any,
        uint40 first,
        uint40 second,
        uint16 roles,
        uint8 quota
    ) public pure {
        OperatorWord word = OperatorWord.wrap(any);
        OperatorWord next = word.withTerm(first, second);
        expectTerm(next, word.id(), first, second);
        expectStanding(next, word.roles(), word.rolesSince(), word.quota());
        expectSuspension(next, word.suspendedFrom(), word.suspendedUntil());

        next = word.withRoles(roles, first);
        expectTerm(next, word.id(), word.from(), word.until());
        expectStanding(next, roles, first, word.quota());
        expectSuspension(next, word.suspendedFrom(), word.suspendedUntil());

        next = word.withQuota(quota);
        expectTerm(next, word.id(), word.from(), word.until());
        expectStanding(next, word.roles(), word.rolesSince(), quota);
        expectSuspension(next, word.suspendedFrom(), word.suspendedUntil());

        next = word.suspend(first);
        expectTerm(next, word.id(), word.from(), word.until());
        expectStanding(next, word.roles(), word.rolesSince(), word.quota());
        expectSuspension(next, word.suspendedUntil() == 0 ? first : word.suspendedFrom(), OperatorWordLibrary.OPEN);

        next = word.reinstate(first);
        expectTerm(next, word.id(), word.from(), word.until());
        expectStanding(next, word.roles(), word.rolesSince(), word.quota());
        expectSuspension(next, word.suspendedFrom(), first);
    }

    function testFuzz_operatorWord_handsOverWhatBelongsToTheOrganization(
        uint256 any,
        uint40 time,
        uint40 until,
        bool open
    ) public pure {
        OperatorWord word = OperatorWord.wrap(any);
        if (open) word = word.suspend(time);
        OperatorWord next = word.handOver(time, until);
        expectTerm(next, word.id(), time, until);
        expectStanding(next, word.roles(), word.rolesSince(), word.quota());
        bool lasts = word.suspendedUntil() == OperatorWordLibrary.OPEN;
        expectSuspension(next, lasts ? word.suspendedFrom() : 0, lasts ? OperatorWordLibrary.OPEN : 0);
    }

    function testFuzz_operatorWord_answersForATime(uint256 any, uint48 time) public pure {
        OperatorWord word = OperatorWord.wrap(any);
        bool acts = word.from() <= time && time < word.until()
            && !(word.suspendedFrom() <= time && time < word.suspendedUntil());
        bool known = acts && word.rolesSince() <= time;
        (uint32 id, uint16 roles, uint8 quota) = word.operatorAt(time);
        same(id, acts ? word.id() : 0, "id");
        same(roles, known ? word.roles() : 0, "roles");
        same(quota, known ? word.quota() : 0, "quota");
    }

    /// @dev The shorter answer about the present agrees with the full one wherever no beginning lies in the future.
    function testFuzz_operatorWord_agreesAboutThePresent(
        uint32 number,
        uint40 from,
        uint40 until,
        uint40 suspendedFrom,
        uint40 suspendedUntil,
        uint40 time
    ) public pure {
        OperatorWord word = OperatorWordLibrary.pack(number, uint40(within(from, 0, time)), until, 0, 0, 0);
        word = word.suspend(uint40(within(suspendedFrom, 0, time))).reinstate(suspendedUntil);
        (uint32 id,,) = word.operatorAt(time);
        same(word.organizationNow(time), id, "organization");
    }

    function expectTerm(OperatorWord word, uint32 id, uint40 from, uint40 until) private pure {
        same(word.id(), id, "id");
        same(word.from(), from, "from");
        same(word.until(), until, "until");
    }

    function expectStanding(OperatorWord word, uint16 roles, uint40 rolesSince, uint8 quota) private pure {
        same(word.roles(), roles, "roles");
        same(word.rolesSince(), rolesSince, "roles since");
        same(word.quota(), quota, "quota");
    }

    function expectSuspension(OperatorWord word, uint40 from, uint40 until) private pure {
        same(word.suspendedFrom(), from, "suspended from");
        same(word.suspendedUntil(), until, "suspended until");
    }

    function testFuzz_checkpointWord_keepsItsParts(bytes32 root, uint40 size, uint32 time) public pure {
        CheckpointWord word = CheckpointWordLibrary.pack(root, size, time);
        same(word.size(), size, "size");
        same(word.time(), time, "time");
        isTrue(word.holds(root, size) == (size != 0), "holds");
        same(word.rootPrefix(), (root >> 72) << 72, "prefix");
    }

    function testFuzz_checkpointWord_holdsNoOther(
        bytes32 root,
        uint40 size,
        uint32 time,
        bytes32 other,
        uint64 otherSize
    ) public pure {
        CheckpointWord word = CheckpointWordLibrary.pack(root, size, time);
        if (other >> 72 != root >> 72) isFalse(word.holds(other, size), "another root");
        if (otherSize != size) isFalse(word.holds(root, otherSize), "another size");
    }
}
