// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../src/Authority.sol";
import {Council} from "../../src/Council.sol";
import {Directory} from "../../src/Directory.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {MeasuredBase} from "./Measured.sol";

/// @notice What the rarer acts of the consortium cost, those that wait for a delay, and evidence; see Gas.t.sol for how it
/// is measured.
contract ConsortiumGasTest is MeasuredBase {
    uint32 private constant DELAY = 2 days;
    uint256 private luzKey = keyOf("Hospital da Luz Nova");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
    }

    function test_reinstate_gas() public {
        vm.prank(council);
        directory.suspend(1);
        vm.warp(START + 1 days);
        act(council);
        directory.reinstate(1);
        taken("Directory", "reinstate");
    }

    function test_setRoles_gas() public {
        vm.warp(START + 1 days);
        act(council);
        directory.setRoles(1, 3);
        taken("Directory", "setRoles");
        act(council);
        directory.setRoles(1, 2);
        taken("Directory", "setRoles, no longer a provider");
    }

    function test_replaceOperator_gas() public {
        vm.warp(START + 1 days);
        act(council);
        directory.replaceOperator(1, addressOf("next"), START + YEAR);
        taken("Directory", "replaceOperator");
        act(council);
        directory.replaceOperator(1, addressOf("next"), START + 2 * YEAR);
        taken("Directory", "replaceOperator, the same key");
    }

    function test_withdrawOperatorProposal_gas() public {
        vm.prank(luz);
        directory.proposeOperator(addressOf("next"), START + YEAR);
        act(luz);
        directory.withdrawOperatorProposal();
        taken("Directory", "withdrawOperatorProposal");
    }

    function test_pause_gas() public {
        vm.prank(guardian);
        authority.pause(address(directory), 0, "leak");
        vm.warp(START + 1 days);
        act(council);
        authority.renewPause(address(directory), 0, "leak");
        taken("Authority", "renewPause");
        vm.warp(START + 20 days);
        act(guardian);
        authority.pause(address(directory), 0, "leak");
        taken("Authority", "pause, later");
    }

    function test_announceSuccessor_gas() public {
        act(council);
        authority.announceSuccessor(address(subjects), addressOf("successor"), START + 91 days);
        taken("Authority", "announceSuccessor, first");
        act(council);
        authority.announceSuccessor(address(subjects), addressOf("other"), START + 92 days);
        taken("Authority", "announceSuccessor, later");
    }

    /// @dev With a delay, as in production: the council schedules, waits and executes.
    function test_schedule_gas() public {
        (Authority slow, Directory slowDirectory) = deployAuthority(DELAY, DELAY);
        bytes memory data = abi.encodeCall(
            IDirectory.admit,
            (1, 620, luz, START + YEAR, keccak256("profile"), "https://luz.example/.well-known/anamnesis")
        );
        act(council);
        slow.schedule(address(slowDirectory), data, 0);
        taken("Authority", "schedule admit, first");
        act(guardian);
        slow.cancel(council, address(slowDirectory), data);
        taken("Authority", "cancel");
        act(council);
        slow.schedule(address(slowDirectory), data, 0);
        taken("Authority", "schedule admit, again");
        vm.warp(START + DELAY);
        act(council);
        slow.execute(address(slowDirectory), data);
        taken("Authority", "execute admit");
    }

    function test_roles_gas() public {
        act(council);
        authority.grantRole(2, addressOf("second guardian"), 0);
        taken("Authority", "grantRole");
        act(council);
        authority.revokeRole(2, addressOf("second guardian"));
        taken("Authority", "revokeRole");
    }

    function test_councilWithDelay_gas() public {
        admit(aldhelm, 826);
        Council votes = new Council(IAuthority(address(authority)), directory);
        vm.prank(council);
        authority.grantRole(1, address(votes), DELAY);
        bytes memory data = abi.encodeCall(IDirectory.setRoles, (2, 3));
        vm.prank(luz);
        bytes32 id = votes.propose(address(directory), data, 0);
        vm.prank(aldhelm);
        votes.vote(id, true);
        act(relayer);
        votes.queue(address(directory), data, 0);
        taken("Council", "queue");
        vm.warp(START + DELAY);
        act(relayer);
        votes.execute(address(directory), data, 0);
        taken("Council", "execute queued setRoles");
    }

    function signedRoot(bytes32 root, uint64 size) private view returns (ICheckpoints.SignedCheckpoint memory) {
        return ICheckpoints.SignedCheckpoint(root, size, signed(luzKey, checkpoints.digest(1, 0, root, size)));
    }

    function test_recordOtherThanPosted_gas() public {
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("posted"), 7));
        ICheckpoints.SignedCheckpoint memory other = signedRoot(keccak256("other"), 7);
        act(relayer);
        checkpoints.recordOtherThanPosted(1, 0, other);
        taken("Checkpoints", "recordOtherThanPosted");
    }

    /// @dev The first leaf of two logs of 2^20 and 2^20 - 1 leaves: as long as the proofs of a node with a million records.
    function test_recordLeafReplaced_gas() public {
        (ICheckpoints.SignedCheckpoint memory one, ICheckpoints.LeafProof memory oneLeaf) =
            millionLeaves("leaf", 1 << 20);
        (ICheckpoints.SignedCheckpoint memory other, ICheckpoints.LeafProof memory otherLeaf) =
            millionLeaves("other leaf", (1 << 20) - 1);
        act(relayer);
        checkpoints.recordLeafReplaced(1, 0, 0, one, oneLeaf, other, otherLeaf);
        taken("Checkpoints", "recordLeafReplaced, a million leaves");
    }

    function millionLeaves(string memory leaf, uint64 size)
        private
        view
        returns (ICheckpoints.SignedCheckpoint memory, ICheckpoints.LeafProof memory proof)
    {
        proof.hash = sha256(abi.encodePacked(hex"00", leaf));
        proof.proof = new bytes32[](20);
        bytes32 root = proof.hash;
        for (uint256 i; i < 20; i++) {
            proof.proof[i] = keccak256(abi.encode(leaf, i));
            root = sha256(abi.encodePacked(hex"01", root, proof.proof[i]));
        }
        return (signedRoot(root, size), proof);
    }
}

/// @notice The same acts, taken apart.
contract ConsortiumGasPartsTest is ConsortiumGasTest {
    function _records() internal pure override returns (bool) {
        return true;
    }
}
