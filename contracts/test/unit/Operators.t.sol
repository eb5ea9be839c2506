// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice Operator keys: hand-over in two steps, renewal, and what is answered about the past.
contract OperatorsTest is LedgerBase {
    uint16 private constant ROLES = 1;

    address private next = addressOf("next operator");
    address private third = addressOf("third operator");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admit(aldhelm, 826);
    }

    function propose(address newOperator, uint48 until) private {
        vm.prank(luz);
        directory.proposeOperator(newOperator, until);
    }

    function suspendLuz(uint48 time) private {
        vm.warp(time);
        vm.prank(council);
        directory.suspend(1);
    }

    function reinstateLuz(uint48 time) private {
        vm.warp(time);
        vm.prank(council);
        directory.reinstate(1);
    }

    function expectAt(address operator, uint48 time, uint32 id, uint16 roles, uint8 quota) private view {
        (uint32 actualId, uint16 actualRoles, uint8 actualQuota) = directory.operatorAt(operator, time);
        same(actualId, id, "id");
        same(actualRoles, roles, "roles");
        same(actualQuota, quota, "quota");
    }

    function expectProposed(address operator, uint48 until) private view {
        (address actual, uint48 actualUntil) = directory.proposedOperator(1);
        same(actual, operator, "proposed");
        same(actualUntil, until, "until");
    }

    function test_proposeOperator_changesNothingYet() public {
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorProposed(1, next, START + 2 * YEAR);
        propose(next, START + 2 * YEAR);
        expectProposed(next, START + 2 * YEAR);
        same(directory.organizationOf(luz), 1, "present key");
        same(directory.organizationOf(next), 0, "proposed key");
        same(directory.ownerOf(next), 0, "owner of the proposed key");
    }

    function test_proposeOperator_replacesTheFormerOffer() public {
        propose(next, START + YEAR);
        propose(third, START + YEAR);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotProposed.selector, 1, third, next));
        directory.acceptOperator(1);
    }

    function test_proposeOperator_revertsIfStrangerExpiredOrSuspended() public {
        bytes memory refusal = abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, stranger);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        directory.proposeOperator(next, START + YEAR);

        suspendLuz(START);
        refusal = abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, luz);
        vm.prank(luz);
        vm.expectRevert(refusal);
        directory.proposeOperator(next, START + YEAR);
        reinstateLuz(START);

        vm.warp(START + YEAR - 1);
        same(directory.organizationOf(luz), 1, "last second");
        vm.warp(START + YEAR);
        same(directory.organizationOf(luz), 0, "first second after");
        vm.prank(luz);
        vm.expectRevert(refusal);
        directory.proposeOperator(next, START + 2 * YEAR);
    }

    function test_proposeOperator_revertsIfNewKeyIsTakenZeroOrOutOfTime() public {
        uint48 latest = START + directory.MAX_OPERATOR_LIFE();
        vm.startPrank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, aldhelm, 2));
        directory.proposeOperator(aldhelm, START + YEAR);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, luz, 1));
        directory.proposeOperator(luz, START + YEAR);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidOperator.selector, address(0)));
        directory.proposeOperator(address(0), START + YEAR);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START, START));
        directory.proposeOperator(next, START);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_ExpiryTooFar.selector, latest + 1, latest));
        directory.proposeOperator(next, latest + 1);
    }

    function test_withdrawOperatorProposal_takesTheOfferBack() public {
        propose(next, START + YEAR);
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorProposalWithdrawn(1, next);
        vm.prank(luz);
        directory.withdrawOperatorProposal();
        expectProposed(address(0), 0);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotProposed.selector, 1, address(0), next));
        directory.acceptOperator(1);
    }

    function test_withdrawOperatorProposal_doesNothingWithoutOne() public {
        vm.recordLogs();
        vm.prank(luz);
        directory.withdrawOperatorProposal();
        same(vm.getRecordedLogs().length, 0, "events");
    }

    function test_withdrawOperatorProposal_revertsIfStranger() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, stranger));
        directory.withdrawOperatorProposal();
    }

    function test_acceptOperator_retiresTheOldKeyForEver() public {
        propose(next, START + 2 * YEAR);
        vm.warp(START + 60);
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, next, START + 2 * YEAR);
        vm.prank(next);
        directory.acceptOperator(1);
        same(directory.organizationOf(luz), 0, "old key");
        same(directory.organizationOf(next), 1, "new key");
        same(directory.organization(1).operator, next, "operator");
        same(directory.organization(1).operatorUntil, START + 2 * YEAR, "until");
        same(directory.ownerOf(luz), 1, "owner of the old key");
        expectProposed(address(0), 0);

        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, luz));
        directory.renewOperator(START + YEAR);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, luz, 1));
        directory.proposeOperator(luz, START + YEAR);
    }

    function test_acceptOperator_revertsIfNothingIsOffered() public {
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotProposed.selector, 1, address(0), next));
        directory.acceptOperator(1);
    }

    function test_acceptOperator_revertsIfTheProposerEndedOrIsSuspended() public {
        propose(next, START + 2 * YEAR);
        suspendLuz(START);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_ProposerEnded.selector, 1, luz));
        directory.acceptOperator(1);
        reinstateLuz(START);
        vm.warp(START + YEAR);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_ProposerEnded.selector, 1, luz));
        directory.acceptOperator(1);
    }

    function test_acceptOperator_revertsIfTheOperatorWasReplaced() public {
        propose(next, START + 2 * YEAR);
        vm.prank(council);
        directory.replaceOperator(1, third, START + YEAR);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotProposed.selector, 1, address(0), next));
        directory.acceptOperator(1);
    }

    function test_acceptOperator_revertsIfTheKeyWasTakenMeanwhile() public {
        propose(next, START + 2 * YEAR);
        admit(next, 724);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, next, 3));
        directory.acceptOperator(1);
    }

    function test_acceptOperator_revertsIfTheNewTermIsOver() public {
        propose(next, START + 60);
        vm.warp(START + 60);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START + 60, START + 60));
        directory.acceptOperator(1);
    }

    function test_renewOperator_movesTheEnd() public {
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, luz, START + 3 * YEAR);
        vm.prank(luz);
        directory.renewOperator(START + 3 * YEAR);
        vm.warp(START + 2 * YEAR);
        same(directory.organizationOf(luz), 1, "renewed");
        vm.prank(luz);
        directory.renewOperator(START + 2 * YEAR + 1);
        vm.warp(START + 2 * YEAR + 1);
        same(directory.organizationOf(luz), 0, "shortened");
    }

    function test_renewOperator_keepsAnOffer() public {
        propose(next, START + 2 * YEAR);
        vm.prank(luz);
        directory.renewOperator(START + 2 * YEAR);
        vm.prank(next);
        directory.acceptOperator(1);
        same(directory.organizationOf(next), 1, "accepted");
    }

    function test_renewOperator_revertsIfStrangerOrOutOfTime() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, stranger));
        directory.renewOperator(START + YEAR);
        uint48 latest = START + directory.MAX_OPERATOR_LIFE();
        vm.startPrank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START - 1, START));
        directory.renewOperator(START - 1);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_ExpiryTooFar.selector, latest + 1, latest));
        directory.renewOperator(latest + 1);
    }

    function test_operatorAt_answersWithinTheTermOnly() public {
        expectAt(stranger, START, 0, 0, 0);
        expectAt(luz, START - 1, 0, 0, 0);
        expectAt(luz, START, 1, ROLES, 16);
        expectAt(luz, START + YEAR - 1, 1, ROLES, 16);
        expectAt(luz, START + YEAR, 0, 0, 0);
        vm.warp(START + 2 * YEAR);
        expectAt(luz, START + YEAR - 1, 1, ROLES, 16);
    }

    function test_operatorAt_remembersARetiredKey() public {
        vm.warp(START + 100);
        handOver(luz, next, START + YEAR);
        expectAt(luz, START + 99, 1, ROLES, 16);
        expectAt(luz, START + 100, 0, 0, 0);
        expectAt(next, START + 99, 0, 0, 0);
        expectAt(next, START + 100, 1, ROLES, 16);
    }

    function test_operatorAt_knowsRolesFromTheirLastChangeOn() public {
        vm.warp(START + 100);
        vm.prank(council);
        directory.setRoles(1, 3);
        expectAt(luz, START + 99, 1, 0, 0);
        expectAt(luz, START + 100, 1, 3, 16);
    }

    function test_operatorAt_isStrictAboutSuspensions() public {
        suspendLuz(START + 100);
        expectAt(luz, START + 99, 1, ROLES, 16);
        expectAt(luz, START + 100, 0, 0, 0);
        expectAt(luz, START + YEAR - 1, 0, 0, 0);
        reinstateLuz(START + 200);
        expectAt(luz, START + 199, 0, 0, 0);
        expectAt(luz, START + 200, 1, ROLES, 16);
        suspendLuz(START + 300);
        expectAt(luz, START + 250, 0, 0, 0);
        reinstateLuz(START + 400);
        expectAt(luz, START + 250, 0, 0, 0);
        expectAt(luz, START + 400, 1, ROLES, 16);

        // A key that comes after a suspension has nothing to do with it; one that comes within it has.
        vm.warp(START + 500);
        handOver(luz, next, START + YEAR);
        suspendLuz(START + 600);
        expectAt(next, START + 599, 1, ROLES, 16);
        vm.warp(START + 700);
        vm.prank(council);
        directory.replaceOperator(1, third, START + YEAR);
        reinstateLuz(START + 800);
        expectAt(next, START + 599, 1, ROLES, 16);
        expectAt(next, START + 650, 0, 0, 0);
        expectAt(third, START + 750, 0, 0, 0);
        expectAt(third, START + 800, 1, ROLES, 16);
    }

    function test_operatorAt_leavesOutTheGapBeforeAReplacementByTheSameKey() public {
        vm.warp(START + YEAR + 50);
        vm.prank(council);
        directory.replaceOperator(1, luz, START + 2 * YEAR);
        expectAt(luz, START, 0, 0, 0);
        expectAt(luz, START + YEAR + 49, 0, 0, 0);
        expectAt(luz, START + YEAR + 50, 1, ROLES, 16);
    }
}
