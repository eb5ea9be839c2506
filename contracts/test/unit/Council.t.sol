// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../src/Council.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICouncil} from "../../src/interfaces/ICouncil.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice Three organisations decide together, after the founder has handed its roles to the Council.
contract CouncilTest is LedgerBase {
    uint32 private constant DELAY = 2 days;
    bytes32 private constant SALT = "first";

    address private vera = addressOf("Vera Insurance");
    address private fourth = addressOf("Fourth Hospital");
    Council private votes;
    bytes private admission;

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admit(aldhelm, 826);
        admit(vera, 620);
        votes = new Council(IAuthority(address(authority)), directory);
        uint64 admin = authority.ADMIN_ROLE();
        vm.startPrank(council);
        authority.grantRole(1, address(votes), DELAY);
        authority.grantRole(3, address(votes), 0);
        authority.grantRole(admin, address(votes), DELAY);
        authority.renounceRole(1, council);
        authority.renounceRole(3, council);
        authority.renounceRole(admin, council);
        vm.stopPrank();
        admission = abi.encodeCall(IDirectory.admit, (1, 724, fourth, START + YEAR, SALT, "https://fourth.example"));
    }

    function propose(bytes memory data, bytes32 salt) private returns (bytes32) {
        vm.prank(luz);
        return votes.propose(address(directory), data, salt);
    }

    function vote(address operator, bytes32 id, bool support) private {
        vm.prank(operator);
        votes.vote(id, support);
    }

    function expectStage(bytes32 id, ICouncil.Stage stage) private view {
        same(uint8(votes.stageOf(id)), uint8(stage), "stage");
    }

    function wrongStage(bytes32 id, ICouncil.Stage stage) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICouncil.Council_WrongStage.selector, id, stage);
    }

    function passed() private returns (bytes32 id) {
        id = propose(admission, SALT);
        vote(aldhelm, id, true);
    }

    function queued() private returns (bytes32 id) {
        id = passed();
        vm.prank(stranger);
        votes.queue(address(directory), admission, SALT);
    }

    function execute() private {
        vm.prank(stranger);
        votes.execute(address(directory), admission, SALT);
    }

    function test_constructor_startsEmpty() public view {
        same(address(votes.authority()), address(authority), "authority");
        same(address(votes.directory()), address(directory), "directory");
        same(votes.version(), "1.0.0", "version");
        expectStage(SALT, ICouncil.Stage.None);
        same(votes.proposal(SALT).expires, 0, "expires");
    }

    function test_propose_holdsTheProposersVote() public {
        bytes32 id = keccak256(abi.encode(address(directory), admission, SALT));
        vm.expectEmit(address(votes));
        emit ICouncil.Proposed(id, 1, address(directory), admission, SALT, START + 14 days);
        vm.expectEmit(address(votes));
        emit ICouncil.Voted(id, 1, true, 1);
        same(propose(admission, SALT), id, "id");
        same(votes.idOf(address(directory), admission, SALT), id, "id of the action");
        expectStage(id, ICouncil.Stage.Open);
        isTrue(votes.voted(id, 1), "proposer");
        isFalse(votes.voted(id, 2), "other");
        ICouncil.Proposal memory stored = votes.proposal(id);
        same(stored.yes, 1, "yes");
        same(stored.epoch, 0, "epoch");
        same(stored.expires, START + 14 days, "expires");
    }

    function test_propose_revertsIfProposedOrNotOperator() public {
        bytes32 id = propose(admission, SALT);
        vm.prank(aldhelm);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_AlreadyProposed.selector, id));
        votes.propose(address(directory), admission, SALT);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_NotOperator.selector, stranger));
        votes.propose(address(directory), admission, "second");
    }

    function test_vote_passesWithMoreThanHalf() public {
        bytes32 id = propose(admission, SALT);
        vm.expectEmit(address(votes));
        emit ICouncil.Voted(id, 2, true, 2);
        vote(aldhelm, id, true);
        expectStage(id, ICouncil.Stage.Passed);
        vm.expectEmit(address(votes));
        emit ICouncil.Voted(id, 2, false, 1);
        vote(aldhelm, id, false);
        expectStage(id, ICouncil.Stage.Open);
    }

    function test_vote_needsMoreThanHalfOfAnEvenNumber() public {
        bytes32 first = queued();
        vm.warp(START + DELAY);
        execute();
        same(directory.organizationOf(fourth), 4, "admitted");
        expectStage(first, ICouncil.Stage.Executed);
        bytes32 id = propose(abi.encodeCall(IDirectory.setRoles, (4, 3)), SALT);
        vote(aldhelm, id, true);
        expectStage(id, ICouncil.Stage.Open);
        vote(fourth, id, true);
        expectStage(id, ICouncil.Stage.Passed);
    }

    function test_vote_revertsIfTwice() public {
        bytes32 id = propose(admission, SALT);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_SameVote.selector, id, 1, true));
        votes.vote(id, true);
        vm.prank(aldhelm);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_SameVote.selector, id, 2, false));
        votes.vote(id, false);
    }

    function test_vote_countsOncePerOrganizationWhateverItsKey() public {
        bytes32 id = propose(admission, SALT);
        handOver(luz, addressOf("next"), START + YEAR);
        vm.prank(addressOf("next"));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_SameVote.selector, id, 1, true));
        votes.vote(id, true);
    }

    function test_vote_revertsIfNotOperatorUnknownOrLate() public {
        bytes32 id = propose(admission, SALT);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_NotOperator.selector, council));
        votes.vote(id, true);
        vm.prank(aldhelm);
        vm.expectRevert(wrongStage(SALT, ICouncil.Stage.None));
        votes.vote(SALT, true);
        vm.warp(START + 14 days);
        vm.prank(aldhelm);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Lapsed));
        votes.vote(id, true);
    }

    function test_vote_revertsIfQueuedAndOutOfTime() public {
        bytes32 id = passed();
        vm.warp(START + 14 days - 1);
        votes.queue(address(directory), admission, SALT);
        vm.warp(START + 14 days);
        vm.prank(aldhelm);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Queued));
        votes.vote(id, false);
    }

    function test_queue_startsTheDelay() public {
        bytes32 id = passed();
        vm.expectEmit(address(votes));
        emit ICouncil.Queued(id, START + DELAY);
        vm.prank(stranger);
        votes.queue(address(directory), admission, SALT);
        expectStage(id, ICouncil.Stage.Queued);
        bytes32 operation = authority.hashOperation(address(votes), address(directory), admission);
        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, operation));
        execute();
        vm.warp(START + DELAY);
        vm.expectEmit(address(votes));
        emit ICouncil.Executed(id);
        execute();
        same(directory.organizationOf(fourth), 4, "admitted");
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Executed));
        execute();
    }

    function test_queue_revertsIfNotPassedOrTwiceOrLate() public {
        bytes32 id = propose(admission, SALT);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Open));
        votes.queue(address(directory), admission, SALT);
        vote(aldhelm, id, true);
        vm.warp(START + 14 days);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Lapsed));
        votes.queue(address(directory), admission, SALT);
        vm.warp(START);
        votes.queue(address(directory), admission, SALT);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Queued));
        votes.queue(address(directory), admission, SALT);
    }

    function test_queue_revertsIfTheCouncilMayActAtOnce() public {
        bytes memory data = abi.encodeCall(IDirectory.suspend, (3));
        bytes32 id = propose(data, SALT);
        vote(aldhelm, id, true);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedCall.selector,
                address(votes),
                address(directory),
                IDirectory.suspend.selector
            )
        );
        votes.queue(address(directory), data, SALT);
    }

    function test_queue_beginsANewDelayForAnActionLeftByAVoidProposal() public {
        queued();
        suspendVera("suspend");
        bytes32 id = propose(admission, "again");
        vote(aldhelm, id, true);
        vm.warp(START + 60);
        votes.queue(address(directory), admission, "again");
        bytes32 operation = authority.hashOperation(address(votes), address(directory), admission);
        same(authority.getSchedule(operation), START + 60 + DELAY, "ready");
    }

    function suspendVera(bytes32 salt) private {
        bytes memory data = abi.encodeCall(IDirectory.suspend, (3));
        bytes32 id = propose(data, salt);
        vote(aldhelm, id, true);
        votes.execute(address(directory), data, salt);
    }

    function test_execute_suspendsAtOnceAndVoidsWhatWasBegunBefore() public {
        bytes32 id = queued();
        suspendVera("suspend");
        same(directory.organizationOf(vera), 0, "suspended");
        expectStage(id, ICouncil.Stage.Void);
        vm.warp(START + DELAY);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Void));
        execute();
        vm.prank(aldhelm);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Void));
        votes.vote(id, false);
        vm.prank(vera);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_NotOperator.selector, vera));
        votes.vote(id, true);
    }

    function test_execute_revertsIfAVoteWasTakenBackInTheDelay() public {
        bytes32 id = queued();
        vote(aldhelm, id, false);
        vm.warp(START + DELAY);
        vm.expectRevert(wrongStage(id, ICouncil.Stage.Open));
        execute();
        vote(vera, id, true);
        execute();
        same(directory.organizationOf(fourth), 4, "admitted");
    }

    function test_execute_revertsIfNotQueuedThoughADelayIsSet() public {
        passed();
        bytes32 operation = authority.hashOperation(address(votes), address(directory), admission);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        execute();
    }

    function test_execute_revertsIfTheGuardianCancelled() public {
        queued();
        vm.prank(guardian);
        authority.cancel(address(votes), address(directory), admission);
        vm.warp(START + DELAY);
        bytes32 operation = authority.hashOperation(address(votes), address(directory), admission);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        execute();
    }

    function test_execute_dismissesTheGuardian() public {
        bytes memory data = abi.encodeCall(IAccessManager.revokeRole, (authority.GUARDIAN(), guardian));
        vm.prank(luz);
        bytes32 id = votes.propose(address(authority), data, SALT);
        vote(aldhelm, id, true);
        votes.queue(address(authority), data, SALT);
        vm.warp(START + DELAY);
        votes.execute(address(authority), data, SALT);
        (bool member,) = authority.hasRole(authority.GUARDIAN(), guardian);
        isFalse(member, "guardian");
    }

    function testFuzz_voted_isOneBitPerOrganization(uint32 organization) public {
        bytes32 id = propose(admission, SALT);
        isTrue(votes.voted(id, organization) == (organization == 1), "voted");
    }
}
