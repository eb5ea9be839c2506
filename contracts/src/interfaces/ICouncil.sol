// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";
import {IDirectory} from "./IDirectory.sol";

/// @title Council: the active organisations decide together
/// @notice One vote per active organisation, cast by its operator. What more than half of them want is done through the
/// Authority, with the delay that the Authority asks for. The council's roles may be held by a multi-signature wallet
/// while a consortium starts, and handed to this contract afterwards.
/// @dev An action is a call without value. Its proposal is one word, each vote one bit; nothing loops. When an
/// organisation is suspended, every proposal begun before is void (the Directory's membership epoch has risen): so no
/// vote of a suspended organisation ever counts, and what is still wanted is proposed anew. When one is admitted or
/// reinstated, proposals go on and more votes are needed.
interface ICouncil {
    /// @notice Where a proposal stands. Open: votes are taken. Passed: as Open, and with enough votes. Queued: scheduled
    /// in the Authority. Lapsed: out of time without enough votes. Void: begun before a suspension.
    enum Stage {
        None,
        Open,
        Passed,
        Queued,
        Executed,
        Lapsed,
        Void
    }

    /// @notice What is stored about a proposal; one word.
    /// @param epoch The Directory's membership epoch when it began.
    /// @param yes Votes for it.
    /// @param expires The second from which no vote is taken and nothing is queued.
    /// @param queued Whether it was scheduled in the Authority.
    /// @param executed Whether it was carried out.
    struct Proposal {
        uint32 epoch;
        uint32 yes;
        uint48 expires;
        bool queued;
        bool executed;
    }

    /// @notice `organization` proposes that the Authority calls `target` with `data`, and votes for it.
    event Proposed(
        bytes32 indexed id, uint32 indexed organization, address target, bytes data, bytes32 salt, uint48 expires
    );
    /// @notice `organization` is for (or no longer for) the proposal, which now has `yes` votes.
    event Voted(bytes32 indexed id, uint32 indexed organization, bool support, uint32 yes);
    /// @notice The proposal can be carried out from `ready` on.
    event Queued(bytes32 indexed id, uint48 ready);
    /// @notice The proposal was carried out.
    event Executed(bytes32 indexed id);

    /// @notice The caller is not the current operator of an active organisation.
    error Council_NotOperator(address caller);
    /// @notice This action was proposed with this salt already.
    error Council_AlreadyProposed(bytes32 id);
    /// @notice The proposal is not at a stage in which this can be done.
    error Council_WrongStage(bytes32 id, Stage stage);
    /// @notice The organisation's vote is this already.
    error Council_SameVote(bytes32 id, uint32 organization, bool support);

    /// @notice Proposes an action and votes for it. For the operator of an active organisation.
    /// @param target The contract to be called by the Authority.
    /// @param data The call.
    /// @param salt Any value: the same action can be proposed again with another.
    /// @return id The proposal: the hash of action and salt.
    function propose(address target, bytes calldata data, bytes32 salt) external returns (bytes32 id);

    /// @notice Votes for a proposal, or takes the vote back. For the operator of an active organisation.
    function vote(bytes32 id, bool support) external;

    /// @notice Schedules a passed proposal in the Authority, where its delay begins. For anyone; not needed for what the
    /// council may do at once.
    function queue(address target, bytes calldata data, bytes32 salt) external;

    /// @notice Carries a proposal out: one that was queued, when its delay is over, or one that passed and needs none. It
    /// must still have more than half of the votes. For anyone.
    function execute(address target, bytes calldata data, bytes32 salt) external;

    /// @notice The identifier of an action with a salt.
    function idOf(address target, bytes calldata data, bytes32 salt) external pure returns (bytes32);

    /// @notice What is stored about a proposal; all zero if there is none.
    function proposal(bytes32 id) external view returns (Proposal memory);

    /// @notice Where a proposal stands now.
    function stageOf(bytes32 id) external view returns (Stage);

    /// @notice Whether an organisation voted for a proposal.
    function voted(bytes32 id, uint32 organization) external view returns (bool);

    /// @notice Seconds in which votes are taken.
    function VOTING() external view returns (uint48);

    /// @notice Through whom the council acts.
    function authority() external view returns (IAuthority);

    /// @notice Where organisations are looked up and counted.
    function directory() external view returns (IDirectory);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
