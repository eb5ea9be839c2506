// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {PlainSignatures} from "./PlainSignatures.sol";

/// @notice What Subjects and Guardians do, in plain words: structs of full words, every rule in the verb that has it.
contract PlainSubjects is PlainSignatures {
    struct Person {
        address controller;
        uint256 epoch;
        uint256 nonce;
    }

    struct Guarding {
        bytes26 current;
        bytes26 next;
        uint256 nextFrom;
    }

    struct Recovery {
        address newController;
        uint256 readyAt;
        uint256 nonceAtStart;
    }

    mapping(address subject => Person) private people;
    mapping(address subject => Guarding) private guardings;
    mapping(address subject => Recovery) private recoveries;

    constructor(address standsFor) PlainSignatures("Anamnesis Subjects", standsFor) {}

    function controllerOf(address subject) public view returns (address) {
        return people[subject].controller == address(0) ? subject : people[subject].controller;
    }

    function epochOf(address subject) public view returns (uint32) {
        return uint32(people[subject].epoch);
    }

    function nonceOf(address subject) public view returns (uint64) {
        return uint64(people[subject].nonce);
    }

    function guardiansOf(address subject) external view returns (bytes26 current, bytes26 next, uint48 nextFrom) {
        current = inForce(subject);
        if (guardings[subject].nextFrom > block.timestamp) {
            next = guardings[subject].next;
            nextFrom = uint48(guardings[subject].nextFrom);
        }
    }

    function recoveryOf(address subject) external view returns (address newController, uint48 readyAt) {
        if (!recoveryWaits(subject)) return (address(0), 0);
        return (recoveries[subject].newController, uint48(recoveries[subject].readyAt));
    }

    function rotate(address subject, address newController) external {
        onlyController(subject);
        changeController(subject, newController);
    }

    function rotateBySig(address subject, address newController, uint48 deadline, bytes calldata signature) external {
        bytes32 kind = keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
        onlySigned(
            subject, deadline, abi.encode(kind, subject, newController, people[subject].nonce, deadline), signature
        );
        changeController(subject, newController);
    }

    function revokeAll(address subject) external {
        onlyController(subject);
        people[subject].nonce += 1;
        voidConsents(subject);
    }

    function revokeAllBySig(address subject, uint48 deadline, bytes calldata signature) external {
        bytes32 kind = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
        onlySigned(subject, deadline, abi.encode(kind, subject, people[subject].nonce, deadline), signature);
        people[subject].nonce += 1;
        voidConsents(subject);
    }

    function setGuardians(address subject, bytes32 commitment) external {
        onlyController(subject);
        people[subject].nonce += 1;
        changeGuardians(subject, commitment);
    }

    function setGuardiansBySig(address subject, bytes32 commitment, uint48 deadline, bytes calldata signature)
        external
    {
        bytes32 kind = keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
        onlySigned(subject, deadline, abi.encode(kind, subject, commitment, people[subject].nonce, deadline), signature);
        people[subject].nonce += 1;
        changeGuardians(subject, commitment);
    }

    function startRecovery(
        address subject,
        address newController,
        uint48 deadline,
        IGuardians.GuardianSet calldata set,
        bytes[] calldata signatures
    ) external {
        onlyInTime(subject, deadline);
        if (deadline > block.timestamp + 30 days) {
            revert IGuardians.Guardians_DeadlineTooFar(subject, deadline, uint48(block.timestamp + 30 days));
        }
        if (newController == address(0)) revert ISubjects.Subjects_InvalidController(subject, newController);
        if (recoveryWaits(subject)) {
            Recovery memory waiting = recoveries[subject];
            revert IGuardians.Guardians_RecoveryPending(subject, waiting.newController, uint48(waiting.readyAt));
        }
        bytes32 kind = keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
        uint256 nonce = people[subject].nonce;
        checkGuardians(subject, set, typed(abi.encode(kind, subject, newController, nonce, deadline)), signatures);
        uint256 readyAt = block.timestamp + set.delay;
        recoveries[subject] = Recovery(newController, readyAt, nonce);
        emit IGuardians.RecoveryStarted(subject, newController, uint48(readyAt), uint64(nonce));
    }

    function vetoRecovery(address subject) external {
        onlyRecovery(subject);
        onlyController(subject);
        people[subject].nonce += 1;
        emit IGuardians.RecoveryVetoed(subject, nonceOf(subject));
    }

    function vetoRecoveryBySig(address subject, uint48 deadline, bytes calldata signature) external {
        onlyRecovery(subject);
        bytes32 kind = keccak256("VetoRecovery(address subject,uint64 nonce,uint48 deadline)");
        onlySigned(subject, deadline, abi.encode(kind, subject, people[subject].nonce, deadline), signature);
        people[subject].nonce += 1;
        emit IGuardians.RecoveryVetoed(subject, nonceOf(subject));
    }

    function executeRecovery(address subject) external {
        onlyRecovery(subject);
        Recovery memory waiting = recoveries[subject];
        if (block.timestamp < waiting.readyAt) {
            revert IGuardians.Guardians_NotReady(subject, uint48(waiting.readyAt), uint48(block.timestamp));
        }
        bytes26 before = inForce(subject);
        bool changeWaits = guardings[subject].nextFrom > block.timestamp;
        changeController(subject, waiting.newController);
        if (changeWaits) {
            guardings[subject] = Guarding(before, before, block.timestamp);
            emit IGuardians.GuardiansSet(subject, before, uint48(block.timestamp), nonceOf(subject));
        }
    }

    function revokeAllByGuardians(
        address subject,
        uint48 deadline,
        IGuardians.GuardianSet calldata set,
        bytes[] calldata signatures
    ) external {
        onlyInTime(subject, deadline);
        bytes32 kind = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
        checkGuardians(subject, set, typed(abi.encode(kind, subject, people[subject].epoch, deadline)), signatures);
        voidConsents(subject);
    }

    function checkGuardians(
        address subject,
        IGuardians.GuardianSet calldata set,
        bytes32 digest,
        bytes[] calldata signatures
    ) public view {
        bytes32 opened = commitmentTo(subject, set);
        if (inForce(subject) == 0 || inForce(subject) != bytes26(opened)) {
            revert IGuardians.Guardians_WrongSet(subject, opened);
        }
        uint256 count = set.guardians.length;
        bool sound = count >= 1 && count <= 15 && set.threshold >= 1 && set.threshold <= count && set.delay >= 86_400
            && set.delay <= 90 * 86_400;
        if (!sound) revert IGuardians.Guardians_InvalidSet(subject, count, set.threshold, set.delay);
        if (signatures.length != count) {
            revert IGuardians.Guardians_WrongSignatureCount(subject, signatures.length, count);
        }
        // One guardian after the other: her place in the set, then what she signed.
        uint256 given = 0;
        for (uint256 i = 0; i < count; i++) {
            bool ascends = i == 0 ? set.guardians[0] != address(0) : set.guardians[i] > set.guardians[i - 1];
            if (!ascends) revert IGuardians.Guardians_NotAscending(subject, set.guardians[i]);
            if (signatures[i].length > 0) {
                if (!signedBy(set.guardians[i], digest, signatures[i])) {
                    revert IGuardians.Guardians_InvalidSignature(subject, set.guardians[i]);
                }
                given = given + 1;
            }
        }
        if (given < set.threshold) revert IGuardians.Guardians_TooFewSignatures(subject, given, set.threshold);
    }

    function commitmentTo(address subject, IGuardians.GuardianSet calldata set) private view returns (bytes32) {
        bytes memory list;
        for (uint256 i = 0; i < set.guardians.length; i++) {
            list = bytes.concat(list, abi.encode(set.guardians[i]));
        }
        bytes32 kind =
            keccak256("GuardianSet(address subject,address[] guardians,uint8 threshold,uint32 delay,bytes32 salt)");
        return typed(abi.encode(kind, subject, keccak256(list), set.threshold, set.delay, set.salt));
    }

    function inForce(address subject) private view returns (bytes26) {
        Guarding memory guarding = guardings[subject];
        return guarding.nextFrom <= block.timestamp ? guarding.next : guarding.current;
    }

    function recoveryWaits(address subject) private view returns (bool) {
        Recovery memory waiting = recoveries[subject];
        return waiting.newController != address(0) && waiting.nonceAtStart == people[subject].nonce
            && block.timestamp < waiting.readyAt + 30 days;
    }

    function changeController(address subject, address newController) private {
        if (newController == address(0)) revert ISubjects.Subjects_InvalidController(subject, newController);
        people[subject].controller = newController;
        people[subject].epoch += 1;
        people[subject].nonce += 1;
        emit ISubjects.SubjectRotated(subject, newController, epochOf(subject), nonceOf(subject));
    }

    function voidConsents(address subject) private {
        people[subject].epoch += 1;
        emit ISubjects.AllRevoked(subject, epochOf(subject), nonceOf(subject));
    }

    function changeGuardians(address subject, bytes32 commitment) private {
        bytes26 before = inForce(subject);
        uint256 from = before == 0 ? block.timestamp : block.timestamp + 7 days;
        guardings[subject] = Guarding(before, bytes26(commitment), from);
        emit IGuardians.GuardiansSet(subject, commitment, uint48(from), nonceOf(subject));
    }

    function onlyController(address subject) private view {
        address controller = controllerOf(subject);
        if (msg.sender != controller) revert ISubjects.Subjects_NotController(subject, controller, msg.sender);
    }

    function onlySigned(address subject, uint48 deadline, bytes memory encodedStruct, bytes calldata signature)
        private
        view
    {
        onlyInTime(subject, deadline);
        address controller = controllerOf(subject);
        if (!signedBy(controller, typed(encodedStruct), signature)) {
            revert ISubjects.Subjects_InvalidSignature(subject, controller, nonceOf(subject));
        }
    }

    function onlyInTime(address subject, uint48 deadline) private view {
        if (block.timestamp > deadline) {
            revert ISubjects.Subjects_DeadlinePassed(subject, deadline, uint48(block.timestamp));
        }
    }

    function onlyRecovery(address subject) private view {
        if (!recoveryWaits(subject)) revert IGuardians.Guardians_NoRecovery(subject);
    }
}
