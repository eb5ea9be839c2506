// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {Vm} from "../Base.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {OwnedWallet} from "../Wallets.sol";
import {PlainCheckpoints} from "./PlainCheckpoints.sol";
import {PlainConsents} from "./PlainConsents.sol";
import {PlainSubjects} from "./PlainSubjects.sol";

/// @notice The packed contracts beside their plain references. Every call goes to both, and both must answer alike.
abstract contract PairBase is LedgerBase {
    enum Core {
        Subjects,
        Consents,
        Checkpoints
    }

    error CallsDiffer(bytes data, bytes packed, bytes plain);
    error EventsDiffer(bytes data, bytes32 packed, bytes32 plain);

    PlainSubjects internal plainSubjects;
    PlainConsents internal plainConsents;
    PlainCheckpoints internal plainCheckpoints;

    address internal board = addressOf("ethics board");
    address internal phone = addressOf("phone 2");
    address internal joao = addressOf("Joao");
    /// @dev A contract wallet that Maria owns, a patient in its own right.
    address internal wallet;

    /// @dev What the packed contracts told, call by call.
    Vm.Log[] internal told;
    /// @dev How often a verb did its work, and how often it refused.
    mapping(bytes4 selector => mapping(bool done => uint256)) internal counted;

    function setUp() public virtual override {
        super.setUp();
        plainSubjects = new PlainSubjects(address(subjects));
        plainConsents = new PlainConsents(plainSubjects, directory, address(consents));
        plainCheckpoints = new PlainCheckpoints(directory, address(checkpoints));
        wallet = address(new OwnedWallet(maria));
        admit(aldhelm, 826);
        admit(luz, 620);
        admitAs(1 << 5, board, 620);
    }

    /// @notice Calls both as `caller`; fails unless result, error and events are the same.
    function act(address caller, Core core, bytes memory data) internal returns (bool done, bytes memory answer) {
        (address packed, address plain) = pair(core);
        vm.recordLogs();
        vm.prank(caller);
        (done, answer) = packed.call(data);
        Vm.Log[] memory packedLogs = vm.getRecordedLogs();
        vm.prank(caller);
        (bool plainDone, bytes memory plainAnswer) = plain.call(data);
        Vm.Log[] memory plainLogs = vm.getRecordedLogs();
        if (done != plainDone || keccak256(answer) != keccak256(plainAnswer)) {
            revert CallsDiffer(data, answer, plainAnswer);
        }
        if (hashOf(packedLogs) != hashOf(plainLogs)) {
            revert EventsDiffer(data, hashOf(packedLogs), hashOf(plainLogs));
        }
        for (uint256 i = 0; i < packedLogs.length; i++) {
            told.push(packedLogs[i]);
        }
        counted[bytes4(data)][done]++;
    }

    /// @notice Asks both; fails unless they answer alike.
    function ask(Core core, bytes memory data) internal view returns (bool done, bytes memory answer) {
        (address packed, address plain) = pair(core);
        (done, answer) = packed.staticcall(data);
        (bool plainDone, bytes memory plainAnswer) = plain.staticcall(data);
        if (done != plainDone || keccak256(answer) != keccak256(plainAnswer)) {
            revert CallsDiffer(data, answer, plainAnswer);
        }
    }

    function pair(Core core) private view returns (address packed, address plain) {
        if (core == Core.Subjects) return (address(subjects), address(plainSubjects));
        if (core == Core.Consents) return (address(consents), address(plainConsents));
        return (address(checkpoints), address(plainCheckpoints));
    }

    function compareSubject(address subject) internal view {
        ask(Core.Subjects, abi.encodeCall(subjects.controllerOf, (subject)));
        ask(Core.Subjects, abi.encodeCall(subjects.epochOf, (subject)));
        ask(Core.Subjects, abi.encodeCall(subjects.nonceOf, (subject)));
        ask(Core.Subjects, abi.encodeCall(subjects.guardiansOf, (subject)));
        ask(Core.Subjects, abi.encodeCall(subjects.recoveryOf, (subject)));
    }

    function compareRefusals(address space, uint24 word) internal view {
        ask(Core.Consents, abi.encodeCall(consents.revocationWord, (space, word)));
    }

    function compareSlot(uint32 organization, uint8 slot, bytes32 commitment) internal view {
        uint48 time = uint48(block.timestamp);
        ask(Core.Consents, abi.encodeCall(consents.emergency, (organization, slot)));
        ask(Core.Consents, abi.encodeCall(consents.isEmergency, (organization, slot, commitment, time)));
        ask(Core.Consents, abi.encodeCall(consents.isEmergency, (organization, slot, commitment, time + 2 hours)));
    }

    function compareLog(uint32 organization, uint8 stream) internal view {
        ask(Core.Checkpoints, abi.encodeCall(checkpoints.latest, (organization, stream)));
        ask(Core.Checkpoints, abi.encodeCall(checkpoints.equivocatedAt, (organization, stream)));
    }

    /// @dev Topics and data in order; the emitters are the two contracts.
    function hashOf(Vm.Log[] memory logs) private pure returns (bytes32 hash) {
        for (uint256 i = 0; i < logs.length; i++) {
            hash = keccak256(abi.encode(hash, logs[i].topics, logs[i].data));
        }
    }
}
