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

    function testFuzz_subjectWord_keepsItsParts(address controller, uint32 epoch, uint64 nonce, address subject)
        public
        pure
    {
        SubjectWord word = SubjectWordLibrary.pack(controller, epoch, nonce);
        same(word.controllerOr(subject), controller == address(0) ? subject : controller, "controller");
        same(word.epoch(), epoch, "epoch");
        same(word.nonce(), nonce, "nonce");
        SubjectWord next = word.withController(subject);
        same(next.controllerOr(controller), subject == address(0) ? controller : subject, "new controller");
        same(next.epoch(), epoch, "epoch under a new controller");
        same(next.nonce(), nonce, "nonce under a new controller");
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

    function testFuzz_operatorWord_keepsItsParts(uint32 id, uint48 until, bool suspended, uint48 time) public pure {
        OperatorWord word = OperatorWordLibrary.pack(id, until, suspended);
        same(word.id(), id, "id");
        same(word.until(), until, "until");
        isTrue(word.suspended() == suspended, "suspended");
        same(word.organizationAt(time), !suspended && time < until ? id : 0, "acts");
        same(word.organizationAt(until), 0, "acts at its end");
        if (until > 0) same(word.organizationAt(until - 1), suspended ? 0 : id, "acts just before its end");
    }

    function testFuzz_checkpointWord_keepsItsParts(bytes32 root, uint40 size, uint32 time) public pure {
        CheckpointWord word = CheckpointWordLibrary.pack(root, size, time);
        same(word.size(), size, "size");
        same(word.time(), time, "time");
        isTrue(word.holds(root, size) == (size != 0), "holds");
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
