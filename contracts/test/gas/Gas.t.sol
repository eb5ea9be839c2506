// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../src/Council.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice What each act costs as a transaction of its own. Run with `--isolate`, else the figures leave out the base
/// cost and the call data. Every test prepares its own state, so the figures do not depend on the order of tests.
/// @dev "First" means that a storage slot is written for the first time, "later" that it is changed.
contract GasTest is LedgerBase {
    uint48 private constant DEADLINE = START + 1 days;

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
    }

    function test_admit_gas() public {
        vm.prank(council);
        directory.admit(
            5, 826, aldhelm, START + YEAR, keccak256("profile"), "https://aldhelm.example/.well-known/anamnesis"
        );
        vm.snapshotGasLastCall("Directory", "admit");
    }

    function test_suspend_gas() public {
        vm.prank(council);
        directory.suspend(1);
        vm.snapshotGasLastCall("Directory", "suspend");
    }

    function test_handOver_gas() public {
        vm.prank(luz);
        directory.proposeOperator(addressOf("next"), START + YEAR);
        vm.snapshotGasLastCall("Directory", "proposeOperator");
        vm.prank(addressOf("next"));
        directory.acceptOperator(1);
        vm.snapshotGasLastCall("Directory", "acceptOperator");
    }

    function test_renewOperator_gas() public {
        vm.prank(luz);
        directory.renewOperator(START + 2 * YEAR);
        vm.snapshotGasLastCall("Directory", "renewOperator");
    }

    function test_setEmergencyQuota_gas() public {
        vm.prank(council);
        directory.setEmergencyQuota(1, 32);
        vm.snapshotGasLastCall("Directory", "setEmergencyQuota");
    }

    function test_setProfile_gas() public {
        vm.prank(luz);
        directory.setProfile(keccak256("next profile"), "https://luz.example/.well-known/anamnesis");
        vm.snapshotGasLastCall("Directory", "setProfile");
    }

    function test_rotate_gas() public {
        vm.prank(maria);
        subjects.rotate(maria, addressOf("phone 2"));
        vm.snapshotGasLastCall("Subjects", "rotate, first");
        vm.prank(addressOf("phone 2"));
        subjects.rotate(maria, addressOf("phone 3"));
        vm.snapshotGasLastCall("Subjects", "rotate, later");
    }

    function test_rotateBySig_gas() public {
        address second = addressOf("phone 2");
        bytes memory signature = signed(mariaKey, rotateDigest(maria, second, 0, DEADLINE));
        vm.prank(relayer);
        subjects.rotateBySig(maria, second, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "rotateBySig, first");

        address third = addressOf("phone 3");
        signature = signed(keyOf("phone 2"), rotateDigest(maria, third, 1, DEADLINE));
        vm.prank(relayer);
        subjects.rotateBySig(maria, third, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "rotateBySig, later");
    }

    function test_revokeAll_gas() public {
        vm.prank(maria);
        subjects.revokeAll(maria);
        vm.snapshotGasLastCall("Subjects", "revokeAll, first");
        vm.prank(maria);
        subjects.revokeAll(maria);
        same(vm.snapshotGasLastCall("Subjects", "revokeAll, later") <= 32_000 ? 1 : 0, 1, "revokeAll later <= 32,000");
    }

    function test_revokeAllBySig_gas() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        vm.prank(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "revokeAllBySig, first");

        signature = signed(mariaKey, revokeAllDigest(maria, 1, DEADLINE));
        vm.prank(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "revokeAllBySig, later");

        signature = signedCompact(mariaKey, revokeAllDigest(maria, 2, DEADLINE));
        vm.prank(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "revokeAllBySig, later, 64 bytes");
    }

    function test_revoke_gas() public {
        vm.prank(maria);
        consents.revoke(maria, 256);
        vm.snapshotGasLastCall("Consents", "revoke, first in word");
        vm.prank(maria);
        consents.revoke(maria, 511);
        vm.snapshotGasLastCall("Consents", "revoke, later in word");
    }

    function test_revokeBySig_gas() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 256));
        vm.prank(relayer);
        consents.revokeBySig(maria, 256, signature);
        vm.snapshotGasLastCall("Consents", "revokeBySig, first in word");

        signature = signed(mariaKey, revokeDigest(maria, 511));
        vm.prank(relayer);
        consents.revokeBySig(maria, 511, signature);
        uint256 gas = vm.snapshotGasLastCall("Consents", "revokeBySig, later in word");
        isTrue(gas <= 36_000, "relayed revocation, later <= 36,000");
    }

    function test_revokeBySig_gasAfterRotation() public {
        vm.prank(maria);
        subjects.rotate(maria, addressOf("phone 2"));
        vm.prank(addressOf("phone 2"));
        consents.revoke(maria, 256);
        bytes memory signature = signed(keyOf("phone 2"), revokeDigest(maria, 511));
        vm.prank(relayer);
        consents.revokeBySig(maria, 511, signature);
        vm.snapshotGasLastCall("Consents", "revokeBySig, later in word, after rotation");
    }

    function test_post_gas() public {
        ICheckpoints.Checkpoint memory first = ICheckpoints.Checkpoint(keccak256("root 1"), 4_011);
        ICheckpoints.Checkpoint memory second = ICheckpoints.Checkpoint(keccak256("root 2"), type(uint40).max);
        vm.prank(luz);
        checkpoints.post(0, first);
        vm.snapshotGasLastCall("Checkpoints", "post, first");
        vm.prank(luz);
        checkpoints.post(0, second);
        uint256 gas = vm.snapshotGasLastCall("Checkpoints", "post, later");
        isTrue(gas <= 36_000, "checkpoint, later <= 36,000");
    }

    function test_postMany_gas() public {
        for (uint64 size = 1; size <= 2; size++) {
            ICheckpoints.StreamCheckpoint[] memory all = new ICheckpoints.StreamCheckpoint[](2);
            all[0] = ICheckpoints.StreamCheckpoint(0, keccak256(abi.encode("records", size)), size);
            all[1] = ICheckpoints.StreamCheckpoint(1, keccak256(abi.encode("access", size)), size);
            vm.prank(luz);
            checkpoints.postMany(all);
            vm.snapshotGasLastCall(
                "Checkpoints", size == 1 ? "postMany, two streams, first" : "postMany, two streams, later"
            );
        }
    }

    function test_recordTwoRoots_gas() public {
        uint256 key = keyOf("Hospital da Luz Nova");
        bytes32 a = keccak256("root a");
        bytes32 b = keccak256("root b");
        ICheckpoints.SignedCheckpoint memory one =
            ICheckpoints.SignedCheckpoint(a, 7, signed(key, checkpoints.digest(1, 0, a, 7)));
        ICheckpoints.SignedCheckpoint memory other =
            ICheckpoints.SignedCheckpoint(b, 7, signed(key, checkpoints.digest(1, 0, b, 7)));
        vm.prank(relayer);
        checkpoints.recordTwoRoots(1, 0, one, other);
        vm.snapshotGasLastCall("Checkpoints", "recordTwoRoots");
    }

    function test_pause_gas() public {
        vm.prank(guardian);
        authority.pause(address(directory), 0, "leak");
        vm.snapshotGasLastCall("Authority", "pause, first");
        vm.prank(council);
        authority.unpause(address(directory));
        vm.snapshotGasLastCall("Authority", "unpause");
    }

    function test_council_gas() public {
        admit(aldhelm, 826);
        Council votes = new Council(IAuthority(address(authority)), directory);
        vm.prank(council);
        authority.grantRole(3, address(votes), 0);
        bytes memory data = abi.encodeCall(IDirectory.suspend, (2));
        vm.prank(luz);
        bytes32 id = votes.propose(address(directory), data, 0);
        vm.snapshotGasLastCall("Council", "propose");
        vm.prank(aldhelm);
        votes.vote(id, true);
        vm.snapshotGasLastCall("Council", "vote");
        vm.prank(relayer);
        votes.execute(address(directory), data, 0);
        vm.snapshotGasLastCall("Council", "execute suspend");
    }
}
