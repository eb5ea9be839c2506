// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {LedgerBase} from "../LedgerBase.sol";

contract EmergenciesTest is LedgerBase {
    bytes32 private constant HIDDEN = keccak256("commitment");
    uint8 private constant LAST = 15;

    address private board = addressOf("ethics board");
    address private regulator = addressOf("regulator");
    uint32 private luzId;
    uint32 private boardId;
    uint32 private regulatorId;

    function setUp() public override {
        super.setUp();
        admit(aldhelm, 826);
        luzId = admit(luz, 620);
        boardId = admitAs(1 << 5, board, 620);
        regulatorId = admitAs(1 << 7, regulator, 620);
    }

    function declare(uint8 slot) private {
        vm.prank(luz);
        consents.declareEmergency(slot, 1, 4, HIDDEN);
    }

    function review(uint8 slot, uint32 declaredAt) private {
        vm.prank(board);
        consents.reviewEmergency(luzId, slot, declaredAt, IEmergencies.Outcome.Justified);
    }

    function expectReviewRefused(address reviewer, IEmergencies.Outcome outcome, bytes memory reason) private {
        vm.prank(reviewer);
        vm.expectRevert(reason);
        consents.reviewEmergency(luzId, 0, uint32(START), outcome);
    }

    function isOpen(bytes32 commitment, uint48 time) private view returns (bool) {
        return consents.isEmergency(luzId, 0, commitment, time);
    }

    function test_declareEmergency_opensABoxThatEndsByItself() public {
        uint32 until = uint32(START) + 4 hours;
        vm.expectEmit(address(consents));
        emit IEmergencies.EmergencyDeclared(luzId, 0, 1, uint32(START), until, HIDDEN);
        declare(0);
        IEmergencies.Emergency memory stored = consents.emergency(luzId, 0);
        same(bytes32(stored.commitment), bytes32(bytes22(HIDDEN)), "commitment");
        same(stored.declaredAt, START, "declared at");
        same(stored.until, until, "until");
        same(stored.reason, 1, "reason");
        same(uint8(stored.outcome), 0, "outcome");

        isTrue(isOpen(HIDDEN, START), "from its first second");
        isTrue(isOpen(HIDDEN, until - 1), "to its last");
        isFalse(isOpen(HIDDEN, START - 1), "before");
        isFalse(isOpen(HIDDEN, until), "after");
        isFalse(isOpen(keccak256("another"), START), "another commitment");
        isFalse(consents.isEmergency(luzId, 1, HIDDEN, START), "another slot");
        isFalse(consents.isEmergency(luzId, 1, 0, START), "an empty slot");
        isFalse(consents.isEmergency(1, 0, HIDDEN, START), "another organisation");
    }

    function test_isEmergency_endsWithASuspension() public {
        declare(0);
        vm.prank(council);
        directory.suspend(luzId);
        isFalse(isOpen(HIDDEN, START), "suspended");
    }

    function test_declareEmergency_takesTheLastSlotReasonAndHour() public {
        vm.prank(luz);
        consents.declareEmergency(LAST, 5, 24, HIDDEN);
        same(consents.emergency(luzId, LAST).until, START + 24 hours, "until");
    }

    function test_declareEmergency_revertsIfNotOperator() public {
        bytes memory reason = abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, stranger);
        vm.prank(stranger);
        vm.expectRevert(reason);
        consents.declareEmergency(0, 1, 1, HIDDEN);
        vm.prank(council);
        directory.suspend(luzId);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, luz));
        consents.declareEmergency(0, 1, 1, HIDDEN);
    }

    function test_declareEmergency_revertsIfNotProvider() public {
        vm.prank(board);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotProvider.selector, boardId, 1 << 5));
        consents.declareEmergency(0, 1, 1, HIDDEN);
    }

    function test_declareEmergency_revertsIfMalformed() public {
        vm.startPrank(luz);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NoSuchSlot.selector, luzId, 16, 16));
        consents.declareEmergency(16, 1, 1, HIDDEN);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_InvalidReason.selector, 0));
        consents.declareEmergency(0, 0, 1, HIDDEN);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_InvalidReason.selector, 6));
        consents.declareEmergency(0, 6, 1, HIDDEN);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_InvalidHours.selector, 0));
        consents.declareEmergency(0, 1, 0, HIDDEN);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_InvalidHours.selector, 25));
        consents.declareEmergency(0, 1, 25, HIDDEN);
    }

    function test_declareEmergency_revertsIfTheSlotWaitsForReview() public {
        declare(0);
        vm.warp(START + 365 days - 1);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotReviewed.selector, luzId, 0, START));
        consents.declareEmergency(0, 1, 4, HIDDEN);
    }

    function test_declareEmergency_revertsIfTheSlotIsNotRefilled() public {
        declare(0);
        vm.warp(START + 4 hours);
        review(0, uint32(START));
        vm.warp(START + 24 hours - 1);
        vm.prank(luz);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEmergencies.Emergencies_NotRefilled.selector, luzId, 0, START + 24 hours, START + 24 hours - 1
            )
        );
        consents.declareEmergency(0, 1, 4, HIDDEN);
        vm.warp(START + 24 hours);
        declare(0);
        same(uint8(consents.emergency(luzId, 0).outcome), 0, "open again");
    }

    function test_declareEmergency_neverExceedsTheQuotaOfADay() public {
        for (uint8 slot; slot <= LAST; slot++) {
            declare(slot);
        }
        vm.warp(START + 4 hours);
        for (uint8 slot; slot <= LAST; slot++) {
            review(slot, uint32(START));
        }
        vm.warp(START + 24 hours - 1);
        for (uint8 slot; slot <= LAST; slot++) {
            vm.prank(luz);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IEmergencies.Emergencies_NotRefilled.selector, luzId, slot, START + 24 hours, START + 24 hours - 1
                )
            );
            consents.declareEmergency(slot, 1, 1, HIDDEN);
        }
    }

    function test_endEmergency_closesTheBox() public {
        declare(0);
        vm.warp(START + 1 hours);
        vm.expectEmit(address(consents));
        emit IEmergencies.EmergencyEnded(luzId, 0, uint32(START), uint32(START) + 1 hours);
        vm.prank(luz);
        consents.endEmergency(0);
        isTrue(isOpen(HIDDEN, START + 1 hours - 1), "what was, was");
        isFalse(isOpen(HIDDEN, START + 1 hours), "closed");
        same(consents.emergency(luzId, 0).reason, 1, "the rest stays");
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotOpen.selector, luzId, 0, START + 1 hours));
        consents.endEmergency(0);
    }

    function test_endEmergency_revertsIfNotItsOwn() public {
        declare(0);
        vm.prank(aldhelm);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotOpen.selector, 1, 0, 0));
        consents.endEmergency(0);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, stranger));
        consents.endEmergency(0);
    }

    function test_reviewEmergency_isForAnotherWithTheRole() public {
        declare(0);
        vm.warp(START + 4 hours);
        vm.expectEmit(address(consents));
        emit IEmergencies.EmergencyReviewed(luzId, 0, uint32(START), IEmergencies.Outcome.NotJustified, regulatorId);
        vm.prank(regulator);
        consents.reviewEmergency(luzId, 0, uint32(START), IEmergencies.Outcome.NotJustified);
        IEmergencies.Emergency memory stored = consents.emergency(luzId, 0);
        same(uint8(stored.outcome), 2, "outcome");
        same(stored.reason, 1, "reason");
        same(bytes32(stored.commitment), bytes32(bytes22(HIDDEN)), "commitment");
    }

    function test_reviewEmergency_revertsIfNotAllowed() public {
        declare(0);
        vm.warp(START + 4 hours);
        IEmergencies.Outcome justified = IEmergencies.Outcome.Justified;
        expectReviewRefused(
            stranger, justified, abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, stranger)
        );
        expectReviewRefused(
            aldhelm, justified, abi.encodeWithSelector(IEmergencies.Emergencies_NotReviewer.selector, 1, 1)
        );
        expectReviewRefused(
            board,
            IEmergencies.Outcome.Open,
            abi.encodeWithSelector(IEmergencies.Emergencies_InvalidOutcome.selector, 0)
        );
        vm.prank(council);
        directory.setRoles(luzId, 1 | (1 << 5) | (1 << 7));
        expectReviewRefused(luz, justified, abi.encodeWithSelector(IEmergencies.Emergencies_OwnReview.selector, luzId));
    }

    function test_reviewEmergency_revertsIfNotThisDeclarationOrTwice() public {
        vm.prank(board);
        vm.expectRevert(abi.encodeWithSelector(IEmergencies.Emergencies_OtherDeclaration.selector, luzId, 0, 0, 0));
        consents.reviewEmergency(luzId, 0, 0, IEmergencies.Outcome.Justified);
        declare(0);
        vm.prank(board);
        vm.expectRevert(
            abi.encodeWithSelector(IEmergencies.Emergencies_OtherDeclaration.selector, luzId, 0, START, START + 1)
        );
        consents.reviewEmergency(luzId, 0, uint32(START) + 1, IEmergencies.Outcome.Justified);
        vm.warp(START + 4 hours - 1);
        expectReviewRefused(
            board,
            IEmergencies.Outcome.Justified,
            abi.encodeWithSelector(IEmergencies.Emergencies_StillOpen.selector, luzId, 0, START + 4 hours)
        );
        vm.warp(START + 4 hours);
        review(0, uint32(START));
        expectReviewRefused(
            board,
            IEmergencies.Outcome.NotJustified,
            abi.encodeWithSelector(IEmergencies.Emergencies_AlreadyReviewed.selector, luzId, 0, 1)
        );
    }

    function test_overdue_showsWhatWaitsThreeDays() public {
        declare(0);
        declare(LAST);
        vm.warp(START + 1);
        declare(3);
        vm.warp(START + 72 hours - 1);
        same(consents.overdue(luzId), 0, "not yet");
        vm.warp(START + 72 hours);
        same(consents.overdue(luzId), 1 | (1 << LAST), "two");
        review(0, uint32(START));
        vm.warp(START + 72 hours + 1);
        same(consents.overdue(luzId), (1 << 3) | (1 << LAST), "one reviewed, one more due");
        same(consents.overdue(1), 0, "of another organisation");
    }
}
