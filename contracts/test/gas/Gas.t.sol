// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../src/Council.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {MeasuredBase} from "./Measured.sol";

/// @notice What each act costs as a transaction of its own. Run with `--isolate`, else the figures leave out the base
/// cost and the call data. Every test prepares its own state, so the figures do not depend on the order of tests.
/// @dev "First" means that a storage slot is written for the first time, "later" that it is changed.
contract GasTest is MeasuredBase {
    uint48 private constant DEADLINE = START + 1 days;

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
    }

    function test_admit_gas() public {
        act(council);
        directory.admit(
            5, 826, aldhelm, START + YEAR, keccak256("profile"), "https://aldhelm.example/.well-known/anamnesis"
        );
        taken("Directory", "admit");
    }

    function test_suspend_gas() public {
        act(council);
        directory.suspend(1);
        taken("Directory", "suspend");
    }

    function test_handOver_gas() public {
        act(luz);
        directory.proposeOperator(addressOf("next"), START + YEAR);
        taken("Directory", "proposeOperator");
        act(addressOf("next"));
        directory.acceptOperator(1);
        taken("Directory", "acceptOperator");
    }

    function test_renewOperator_gas() public {
        act(luz);
        directory.renewOperator(START + 2 * YEAR);
        taken("Directory", "renewOperator");
    }

    function test_setEmergencyQuota_gas() public {
        act(council);
        directory.setEmergencyQuota(1, 32);
        taken("Directory", "setEmergencyQuota");
    }

    function test_setProfile_gas() public {
        act(luz);
        directory.setProfile(keccak256("next profile"), "https://luz.example/.well-known/anamnesis");
        taken("Directory", "setProfile");
    }

    function test_rotate_gas() public {
        act(maria);
        subjects.rotate(maria, addressOf("phone 2"));
        taken("Subjects", "rotate, first");
        act(addressOf("phone 2"));
        subjects.rotate(maria, addressOf("phone 3"));
        taken("Subjects", "rotate, later");
    }

    function test_rotateBySig_gas() public {
        address second = addressOf("phone 2");
        bytes memory signature = signed(mariaKey, rotateDigest(maria, second, 0, DEADLINE));
        act(relayer);
        subjects.rotateBySig(maria, second, DEADLINE, signature);
        taken("Subjects", "rotateBySig, first");

        address third = addressOf("phone 3");
        signature = signed(keyOf("phone 2"), rotateDigest(maria, third, 1, DEADLINE));
        act(relayer);
        subjects.rotateBySig(maria, third, DEADLINE, signature);
        taken("Subjects", "rotateBySig, later");
    }

    function test_revokeAll_gas() public {
        act(maria);
        subjects.revokeAll(maria);
        taken("Subjects", "revokeAll, first");
        act(maria);
        subjects.revokeAll(maria);
        isTrue(taken("Subjects", "revokeAll, later") <= 32_000, "revokeAll later <= 32,000");
    }

    function test_revokeAllBySig_gas() public {
        bytes memory signature = signed(mariaKey, revokeAllDigest(maria, 0, DEADLINE));
        act(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        taken("Subjects", "revokeAllBySig, first");

        signature = signed(mariaKey, revokeAllDigest(maria, 1, DEADLINE));
        act(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        taken("Subjects", "revokeAllBySig, later");

        signature = signedCompact(mariaKey, revokeAllDigest(maria, 2, DEADLINE));
        act(relayer);
        subjects.revokeAllBySig(maria, DEADLINE, signature);
        taken("Subjects", "revokeAllBySig, later, 64 bytes");
    }

    function test_revoke_gas() public {
        act(maria);
        consents.revoke(maria, 256);
        taken("Consents", "revoke, first in word");
        act(maria);
        consents.revoke(maria, 511);
        taken("Consents", "revoke, later in word");
    }

    function test_revokeBySig_gas() public {
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 256));
        act(relayer);
        consents.revokeBySig(maria, 256, signature);
        taken("Consents", "revokeBySig, first in word");

        signature = signed(mariaKey, revokeDigest(maria, 511));
        act(relayer);
        consents.revokeBySig(maria, 511, signature);
        uint256 gas = taken("Consents", "revokeBySig, later in word");
        isTrue(gas <= 36_000, "relayed revocation, later <= 36,000");
    }

    function test_revokeBySig_gasAfterRotation() public {
        vm.prank(maria);
        subjects.rotate(maria, addressOf("phone 2"));
        vm.prank(addressOf("phone 2"));
        consents.revoke(maria, 256);
        bytes memory signature = signed(keyOf("phone 2"), revokeDigest(maria, 511));
        act(relayer);
        consents.revokeBySig(maria, 511, signature);
        taken("Consents", "revokeBySig, later in word, after rotation");
    }

    function test_post_gas() public {
        ICheckpoints.Checkpoint memory first = ICheckpoints.Checkpoint(keccak256("root 1"), 4_011);
        ICheckpoints.Checkpoint memory second = ICheckpoints.Checkpoint(keccak256("root 2"), type(uint40).max);
        act(luz);
        checkpoints.post(0, first);
        taken("Checkpoints", "post, first");
        act(luz);
        checkpoints.post(0, second);
        uint256 gas = taken("Checkpoints", "post, later");
        isTrue(gas <= 36_000, "checkpoint, later <= 36,000");
    }

    function test_postMany_gas() public {
        for (uint64 size = 1; size <= 2; size++) {
            ICheckpoints.StreamCheckpoint[] memory all = new ICheckpoints.StreamCheckpoint[](2);
            all[0] = ICheckpoints.StreamCheckpoint(0, keccak256(abi.encode("records", size)), size);
            all[1] = ICheckpoints.StreamCheckpoint(1, keccak256(abi.encode("access", size)), size);
            act(luz);
            checkpoints.postMany(all);
            taken("Checkpoints", size == 1 ? "postMany, two streams, first" : "postMany, two streams, later");
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
        act(relayer);
        checkpoints.recordTwoRoots(1, 0, one, other);
        taken("Checkpoints", "recordTwoRoots");
    }

    function test_pause_gas() public {
        act(guardian);
        authority.pause(address(directory), 0, "leak");
        taken("Authority", "pause, first");
        act(council);
        authority.unpause(address(directory));
        taken("Authority", "unpause");
    }

    function test_council_gas() public {
        admit(aldhelm, 826);
        Council votes = new Council(IAuthority(address(authority)), directory);
        vm.prank(council);
        authority.grantRole(3, address(votes), 0);
        bytes memory data = abi.encodeCall(IDirectory.suspend, (2));
        act(luz);
        bytes32 id = votes.propose(address(directory), data, 0);
        taken("Council", "propose");
        act(aldhelm);
        votes.vote(id, true);
        taken("Council", "vote");
        act(relayer);
        votes.execute(address(directory), data, 0);
        taken("Council", "execute suspend");
    }
}

/// @notice The same acts, taken apart.
contract GasPartsTest is GasTest {
    function _records() internal pure override returns (bool) {
        return true;
    }
}
