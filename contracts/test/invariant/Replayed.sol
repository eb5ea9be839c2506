// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {Vm} from "../Base.sol";

/// @notice What somebody knows who has seen nothing but the events.
contract Replayed {
    struct Guarding {
        bytes26 current;
        bytes26 next;
        uint48 nextFrom;
    }

    struct Recovery {
        address newController;
        uint48 readyAt;
        uint64 nonce;
    }

    mapping(address subject => ISubjects.Subject) private people;
    mapping(address subject => Guarding) private guardings;
    mapping(address subject => Recovery) private recoveries;
    mapping(address space => mapping(uint24 word => uint256)) public refusals;
    mapping(uint32 organization => mapping(uint8 slot => IEmergencies.Emergency)) private emergencies;
    mapping(uint32 organization => mapping(uint8 stream => bytes32)) public checkpointWord;
    mapping(uint32 organization => mapping(uint8 stream => uint48)) public equivocatedAt;

    error UnknownEvent(bytes32 topic);

    function subjectWord(address subject) external view returns (uint256) {
        ISubjects.Subject memory known = people[subject];
        return uint256(uint160(known.controller)) | (uint256(known.epoch) << 160) | (uint256(known.nonce) << 192);
    }

    function guardiansOf(address subject) external view returns (bytes26, bytes26, uint48) {
        Guarding memory known = guardings[subject];
        if (known.nextFrom <= block.timestamp) return (known.next, 0, 0);
        return (known.current, known.next, known.nextFrom);
    }

    function recoveryOf(address subject) external view returns (address, uint48) {
        Recovery memory known = recoveries[subject];
        bool live = known.nonce == people[subject].nonce && block.timestamp < uint256(known.readyAt) + 30 days;
        return live ? (known.newController, known.readyAt) : (address(0), uint48(0));
    }

    function emergency(uint32 organization, uint8 slot) external view returns (IEmergencies.Emergency memory) {
        return emergencies[organization][slot];
    }

    function take(Vm.Log memory log) external {
        bytes32 kind = log.topics[0];
        if (kind == ISubjects.SubjectRotated.selector) {
            (uint32 epoch, uint64 nonce) = abi.decode(log.data, (uint32, uint64));
            people[account(log)] = ISubjects.Subject(address(uint160(uint256(log.topics[2]))), epoch, nonce);
        } else if (kind == ISubjects.AllRevoked.selector) {
            (people[account(log)].epoch, people[account(log)].nonce) = abi.decode(log.data, (uint32, uint64));
        } else if (kind == IGuardians.GuardiansSet.selector) {
            guardians(log);
        } else if (kind == IGuardians.RecoveryStarted.selector) {
            (uint48 readyAt, uint64 nonce) = abi.decode(log.data, (uint48, uint64));
            recoveries[account(log)] = Recovery(address(uint160(uint256(log.topics[2]))), readyAt, nonce);
        } else if (kind == IGuardians.RecoveryVetoed.selector) {
            people[account(log)].nonce = abi.decode(log.data, (uint64));
        } else if (kind == IConsents.ConsentRevoked.selector) {
            uint32 index = abi.decode(log.data, (uint32));
            refusals[account(log)][uint24(index / 256)] |= 1 << (index % 256);
        } else if (kind == IConsents.ConsentsRevoked.selector) {
            (uint24 word, uint256 bits) = abi.decode(log.data, (uint24, uint256));
            refusals[account(log)][word] = bits;
        } else {
            ofOrganization(log, kind, uint32(uint256(log.topics[1])));
        }
    }

    function guardians(Vm.Log memory log) private {
        (bytes32 commitment, uint48 from, uint64 nonce) = abi.decode(log.data, (bytes32, uint48, uint64));
        Guarding storage known = guardings[account(log)];
        if (known.nextFrom <= block.timestamp) known.current = known.next;
        (known.next, known.nextFrom) = (bytes26(commitment), from);
        people[account(log)].nonce = nonce;
    }

    function ofOrganization(Vm.Log memory log, bytes32 kind, uint32 organization) private {
        if (kind == IEmergencies.EmergencyDeclared.selector) {
            (uint8 slot, uint8 reason, uint32 declaredAt, uint32 until) =
                abi.decode(log.data, (uint8, uint8, uint32, uint32));
            emergencies[organization][slot] =
                IEmergencies.Emergency(bytes22(log.topics[2]), declaredAt, until, reason, IEmergencies.Outcome.Open);
        } else if (kind == IEmergencies.EmergencyEnded.selector) {
            (uint8 slot,, uint32 until) = abi.decode(log.data, (uint8, uint32, uint32));
            emergencies[organization][slot].until = until;
        } else if (kind == IEmergencies.EmergencyReviewed.selector) {
            (uint8 slot,, IEmergencies.Outcome outcome) = abi.decode(log.data, (uint8, uint32, IEmergencies.Outcome));
            emergencies[organization][slot].outcome = outcome;
        } else if (kind == ICheckpoints.CheckpointPosted.selector) {
            (bytes32 root, uint64 size, uint32 time) = abi.decode(log.data, (bytes32, uint64, uint32));
            bytes32 sizeAndTime = bytes32(uint256(size) * 2 ** 32 + time);
            checkpointWord[organization][uint8(uint256(log.topics[2]))] = bytes32(bytes23(root)) | sizeAndTime;
        } else if (kind == ICheckpoints.EquivocationRecorded.selector) {
            (,,, uint48 time) =
                abi.decode(log.data, (ICheckpoints.Contradiction, ICheckpoints.Side, ICheckpoints.Side, uint48));
            equivocatedAt[organization][uint8(uint256(log.topics[2]))] = time;
        } else {
            revert UnknownEvent(kind);
        }
    }

    function account(Vm.Log memory log) private pure returns (address) {
        return address(uint160(uint256(log.topics[1])));
    }
}
