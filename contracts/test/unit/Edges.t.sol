// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../src/Authority.sol";
import {Council} from "../../src/Council.sol";
import {Directory} from "../../src/Directory.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {Vm} from "../Base.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice What no verb's own tests look at, found by changing the contracts in one place at a time.
contract EdgesTest is GuardiansBase {
    /// @notice Only a dismissal is beyond the guardian: another call whose first argument happens to be the number of its
    /// role, of another contract or of another function, is not mistaken for one.
    function test_guardian_cancelsWhatOnlyLooksLikeItsDismissal() public {
        (Authority slow, Directory slowDirectory) = deployAuthority(2 days, 5 days);
        uint64 role = slow.GUARDIAN();
        bytes memory dismissal = abi.encodeCall(IAccessManager.revokeRole, (role, guardian));
        bytes memory renaming = abi.encodeCall(IAccessManager.setRoleAdmin, (role, role));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = bytes4(dismissal);
        bytes memory opening =
            abi.encodeCall(IAccessManager.setTargetFunctionRole, (address(slowDirectory), selectors, slow.COUNCIL()));

        vm.startPrank(council);
        slow.schedule(address(slow), opening, 0);
        vm.warp(START + 5 days);
        slow.execute(address(slow), opening);
        slow.schedule(address(slowDirectory), dismissal, 0);
        slow.schedule(address(slow), renaming, 0);
        vm.stopPrank();

        vm.startPrank(guardian);
        slow.cancel(council, address(slowDirectory), dismissal);
        slow.cancel(council, address(slow), renaming);
        vm.stopPrank();
        same(slow.getSchedule(slow.hashOperation(council, address(slowDirectory), dismissal)), 0, "elsewhere");
        same(slow.getSchedule(slow.hashOperation(council, address(slow), renaming)), 0, "another function");
    }

    /// @notice The roles bear their names for whoever watches the Authority.
    function test_constructor_labelsTheRoles() public {
        vm.recordLogs();
        deployAuthority(0, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        string[4] memory labels = ["", "COUNCIL", "GUARDIAN", "COUNCIL_AT_ONCE"];
        uint256 found;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != IAccessManager.RoleLabel.selector) continue;
            same(abi.decode(logs[i].data, (string)), labels[uint256(logs[i].topics[1])], "label");
            found++;
        }
        same(found, 3, "labels");
    }

    /// @notice A vote that was taken back is gone, and can be given again.
    function test_vote_canBeTakenBackAndGivenAgain() public {
        Council votes = new Council(IAuthority(address(authority)), directory);
        admit(luz, 620);
        vm.startPrank(luz);
        bytes32 id = votes.propose(address(directory), "", 0);
        votes.vote(id, false);
        isFalse(votes.voted(id, 1), "taken back");
        same(votes.proposal(id).yes, 0, "none");
        votes.vote(id, true);
        isTrue(votes.voted(id, 1), "given again");
        same(votes.proposal(id).yes, 1, "one");
        vm.stopPrank();
    }

    /// @notice The bit of organisation 512 is in a word of its own, apart from 256's.
    function test_vote_keepsTheWordsOfManyOrganizationsApart() public {
        Council votes = new Council(IAuthority(address(authority)), directory);
        // As if 511 had been admitted before: the count lies above the authority and its flag.
        uint256 first = uint256(vm.load(address(directory), 0));
        vm.store(address(directory), 0, bytes32(first | (uint256(511) << 168)));
        same(admit(luz, 620), 512, "number");
        vm.prank(luz);
        bytes32 id = votes.propose(address(directory), "", 0);
        isTrue(votes.voted(id, 512), "this one voted");
        isFalse(votes.voted(id, 256), "that one did not");
        isFalse(votes.voted(id, 0), "nor anybody else");
        isFalse(votes.voted(id, 1024), "nor anybody else");
    }

    function test_renewOperator_knowsThreeYearsAtTheMost() public view {
        same(directory.MAX_OPERATOR_LIFE(), 1096 days, "three years, one of them a leap year");
    }

    function test_setRoles_takesTheLastSlotAndTellsNothingOfNone() public {
        admit(luz, 620);
        vm.startPrank(council);
        directory.setEmergencyQuota(1, 1);
        directory.setRoles(1, 2);
        same(directory.organization(1).emergencyQuota, 0, "quota");
        vm.recordLogs();
        directory.setRoles(1, 4);
        same(vm.getRecordedLogs().length, 1, "events");
        vm.stopPrank();
    }

    function test_admit_tellsNoQuotaOfAnOrganizationWithoutOne() public {
        vm.recordLogs();
        admitAs(1 << 5, luz, 620);
        same(vm.getRecordedLogs().length, 1, "events");
    }

    /// @notice A key that is renewed in the very second of its end begins anew: in that second it did not act.
    function test_replaceOperator_beginsAnewInTheSecondOfTheEnd() public {
        admit(luz, 620);
        vm.warp(START + YEAR);
        vm.prank(council);
        directory.replaceOperator(1, luz, START + 2 * YEAR);
        (uint32 before,,) = directory.operatorAt(luz, START + YEAR - 1);
        (uint32 since,,) = directory.operatorAt(luz, START + YEAR);
        same(before, 0, "before the end");
        same(since, 1, "from the end on");
    }

    function test_executeRecovery_leavesGuardiansInForceAlone() public {
        bytes32 first = guard(maria);
        bytes32 digest = recoverDigest(maria, stranger, 1, START);
        subjects.startRecovery(maria, stranger, START, family(), signedByTwo(digest));
        vm.warp(START + 2 days);
        vm.recordLogs();
        subjects.executeRecovery(maria);
        same(vm.getRecordedLogs().length, 1, "events");
        (bytes26 current, bytes26 next,) = subjects.guardiansOf(maria);
        same(current, bytes26(first), "guardians");
        same(next, 0, "next");
    }

    /// @notice A change of guardians that takes effect in the very second of the recovery has taken effect.
    function test_executeRecovery_keepsAChangeThatTakesEffectInThatSecond() public {
        guard(maria);
        IGuardians.GuardianSet memory newer = family();
        newer.salt = keccak256("newer");
        bytes32 second = guard(maria, newer);
        vm.warp(START + 5 days);
        bytes32 digest = recoverDigest(maria, stranger, 2, START + 5 days);
        subjects.startRecovery(maria, stranger, START + 5 days, family(), signedByTwo(digest));
        vm.warp(START + 7 days);
        subjects.executeRecovery(maria);
        (bytes26 current,,) = subjects.guardiansOf(maria);
        same(current, bytes26(second), "the newer set");
    }

    /// @notice A proof that goes on beyond the root proves nothing, though its last step gives the root.
    function test_includes_refusesAProofLongerThanThePath() public {
        admit(luz, 620);
        bytes32[] memory proof = new bytes32[](1);
        bytes32 leaf = keccak256("leaf");
        proof[0] = keccak256("sibling");
        bytes32 root = sha256(abi.encodePacked(bytes1(0x01), proof[0], leaf));
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(root, 1));
        isFalse(checkpoints.includes(1, 0, ICheckpoints.Checkpoint(root, 1), leaf, 0, proof), "leaf of a tree of one");
    }
}
